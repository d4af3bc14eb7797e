import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ACTIVITY_TYPES } from '../tables/ticket-activity.ts';
import { ACTOR_KINDS, CHANGE_CAUSES, LINK_KINDS, MESSAGE_AUDIENCES, STATUS_CATEGORIES } from '../values.ts';
import { Instant } from './shared.ts';

const kind = z.enum(LINK_KINDS);

export const TicketLink = z
  .strictObject({
    id: idSchema('tlink'),
    kind,
    direction: z.enum(['source', 'target']).meta({
      description: 'Which end this ticket is: the source of `parent_of` is the parent.',
    }),
    other: z.strictObject({
      id: idSchema('tkt'),
      number: z.int().positive(),
      subject: z.string(),
      statusCategory: z.enum(STATUS_CATEGORIES),
    }),
    createdAt: Instant,
  })
  .meta({ id: 'TicketLink' });
export type TicketLink = z.input<typeof TicketLink>;

export const LinkTicketBody = z.strictObject({ targetId: idSchema('tkt'), kind }).meta({ id: 'LinkTicketBody' });

export const ActivityEntry = z
  .strictObject({
    id: idSchema('tact'),
    type: z.enum(ACTIVITY_TYPES),
    audience: z.enum(MESSAGE_AUDIENCES),
    actor: z.strictObject({
      kind: z.enum(ACTOR_KINDS),
      principalId: idSchema('prin').nullable(),
      name: z.string().nullable(),
    }),
    cause: z.enum(CHANGE_CAUSES),
    changes: z.array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    revision: z.int().positive(),
    version: z.int().positive().nullable().meta({ description: 'After it, where it was an edit.' }),
    bulkJobId: idSchema('bulk').nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'ActivityEntry' });
export type ActivityEntry = z.input<typeof ActivityEntry>;
