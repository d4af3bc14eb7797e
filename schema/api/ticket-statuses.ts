import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { STATUS_CATEGORIES } from '../values.ts';
import { Instant, oneLine } from './shared.ts';

const Slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Lower-case letters and digits, single hyphens between.');
const Color = z.string().regex(/^#[0-9a-f]{6}$/, 'A colour like #2563eb.');
const Position = z.int().min(0).max(10_000);

export const TicketStatus = z
  .strictObject({
    id: idSchema('tstat'),
    name: z.string(),
    slug: z.string(),
    color: z.string(),
    category: z.enum(STATUS_CATEGORIES).meta({ description: 'Decides what the status does; it never changes.' }),
    publicLabel: z
      .string()
      .nullable()
      .meta({ description: 'How customers see it; null for the words of its category.' }),
    position: z.int().nonnegative(),
    isDefault: z.boolean().meta({ description: 'Where new tickets begin, or automatic moves of the category end.' }),
    isSystem: z.boolean(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'TicketStatus' });

export type TicketStatus = z.input<typeof TicketStatus>;

export const CreateTicketStatusBody = z
  .strictObject({
    name: oneLine(1, 50),
    slug: Slug,
    color: Color,
    category: z.enum(STATUS_CATEGORIES),
    publicLabel: oneLine(1, 50).optional(),
    position: Position.default(0),
  })
  .meta({ id: 'CreateTicketStatusBody' });

export const UpdateTicketStatusBody = z
  .strictObject({
    name: oneLine(1, 50).optional(),
    slug: Slug.optional(),
    color: Color.optional(),
    publicLabel: oneLine(1, 50).nullable().optional(),
    position: Position.optional(),
    isDefault: z
      .literal(true)
      .optional()
      .meta({ description: 'Makes it the default of its category, instead of the one that is.' }),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateTicketStatusBody' });
