import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { Instant } from './shared.ts';

export const RateBody = z
  .strictObject({ score: z.int().min(1).max(5), comment: z.string().trim().max(2000).nullable().optional() })
  .meta({ id: 'RateBody' });

export const Rating = z
  .strictObject({
    id: idSchema('csat'),
    cycle: z
      .int()
      .nonnegative()
      .meta({ description: 'How often the ticket had been reopened: each solution is rated once.' }),
    score: z.int().min(1).max(5).nullable().meta({ description: 'Null until the customer has rated.' }),
    comment: z.string().nullable(),
    contactId: idSchema('contact').nullable(),
    agentPrincipalId: idSchema('prin').nullable().meta({ description: 'Who had solved it.' }),
    teamId: idSchema('team').nullable(),
    askedAt: Instant.nullable(),
    ratedAt: Instant.nullable(),
    expiresAt: Instant,
  })
  .meta({ id: 'Rating' });
export type Rating = z.input<typeof Rating>;
