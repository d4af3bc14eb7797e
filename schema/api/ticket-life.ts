import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { STATUS_CATEGORIES } from '../values.ts';
import { ExpectMessageSeq, MessageBody, Ticket } from './tickets.ts';

export const MergeTicketsBody = z
  .strictObject({
    sourceIds: z
      .array(idSchema('tkt'))
      .min(1)
      .max(20)
      .meta({ description: 'The tickets that go into this one. Their messages stay where they were said.' }),
    addRequesters: z.boolean().default(false).meta({
      description: 'Their requesters become cc and see this ticket. Otherwise each sees only their own words.',
    }),
    expectMessageSeq: ExpectMessageSeq,
    version: z.int().positive().optional(),
  })
  .meta({ id: 'MergeTicketsBody' });

/** What is said along with a move, in one commit. */
export const TransitionMessage = z
  .strictObject({
    body: MessageBody,
    audience: z.enum(['public', 'internal']).default('public'),
    as: z.strictObject({ principalId: idSchema('prin') }).optional(),
  })
  .meta({ id: 'TransitionMessage' });

export const TransitionTicketBody = z
  .strictObject({
    statusId: idSchema('tstat').optional(),
    category: z.enum(STATUS_CATEGORIES).optional(),
    wakeAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .optional()
      .meta({ description: 'Pending or on hold until then, at most 366 days ahead; then it opens.' }),
    message: TransitionMessage.optional(),
    expectMessageSeq: ExpectMessageSeq,
    includeIncidents: z.boolean().optional().meta({
      description: 'Solving a problem solves the active tickets that it caused, with the message, in a job.',
    }),
    version: z.int().positive().optional(),
  })
  .refine(
    (body) => (body.statusId === undefined) !== (body.category === undefined),
    'Give statusId or category, one of them.',
  )
  .refine(({ includeIncidents, category = 'solved' }) => !includeIncidents || category === 'solved', {
    error: 'Incidents come along when their problem is solved.',
    path: ['includeIncidents'],
  })
  .meta({ id: 'TransitionTicketBody' });

/** What a move answers. */
export const MovedTicket = Ticket.extend({
  incidentsJobId: idSchema('bulk')
    .nullable()
    .optional()
    .meta({ description: 'The job that solves the incidents, where they were asked for and there are any.' }),
}).meta({ id: 'MovedTicket' });
export type MovedTicket = z.input<typeof MovedTicket>;
