import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { foldTagName } from '../tag-name.ts';
import { Instant } from './shared.ts';

const Name = z
  .string()
  .max(100)
  .transform(foldTagName)
  .pipe(z.string().min(1).max(50))
  .meta({ description: 'Folded: trimmed, lower case, blanks as hyphens.' });
const Color = z.string().regex(/^#[0-9a-f]{6}$/, 'A colour like #2563eb.');

export const TicketTag = z
  .strictObject({
    id: idSchema('ttag'),
    name: z.string(),
    color: z.string().nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'TicketTag' });
export type TicketTag = z.input<typeof TicketTag>;

export const CreateTicketTagBody = z
  .strictObject({ name: Name, color: Color.optional() })
  .meta({ id: 'CreateTicketTagBody' });

export const UpdateTicketTagBody = z
  .strictObject({
    name: Name.optional(),
    color: Color.nullable().optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateTicketTagBody' });
