import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { Instant } from './shared.ts';

export const CUSTOMER_KINDS = ['contact', 'user'] as const;
export const CUSTOMER_SORTS = ['name', '-created'] as const;
/** Open tickets are counted no further. */
export const MOST_OPEN = 100;

export const Customer = z
  .strictObject({
    id: z.union([idSchema('contact'), idSchema('prin')]),
    kind: z
      .enum(CUSTOMER_KINDS)
      .meta({ description: 'A contact with its logins, or a login that is tied to none and never was staff.' }),
    name: z.string().nullable(),
    email: z.string().nullable(),
    organization: z.strictObject({ id: idSchema('org'), name: z.string() }).nullable(),
    logins: z.array(z.strictObject({ userId: idSchema('user'), email: z.string().nullable() })),
    openTickets: z
      .int()
      .min(0)
      .max(MOST_OPEN)
      .meta({ description: `Of those that you may see; ${MOST_OPEN} stands for as many or more.` }),
    segments: z.array(z.strictObject({ id: idSchema('seg'), name: z.string() })),
    archivedAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Customer' });
export type Customer = z.input<typeof Customer>;
