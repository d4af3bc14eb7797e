import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { CHANGE_CAUSES, MESSAGE_AUDIENCES, STATUS_CATEGORIES } from '../values.ts';
import { defineEvent } from './definition.ts';
import { Author, EventFile, sampleAuthor, sampleFile } from './message-shapes.ts';
import { SAMPLE_TICKET, TicketReference } from './ticket-reference.ts';

const VERSION = '2026-11-01';
const about = {
  entity: 'ticket',
  viewKey: 'ticket.view_all',
  dimensions: ['inbox', 'team'],
  version: VERSION,
} as const;
const internalOnly = { ...about, audiences: ['internal'] } as const;
const cause = z.enum(CHANGE_CAUSES);

const Assignment = z.strictObject({ principalId: idSchema('prin').nullable(), teamId: idSchema('team').nullable() });

const Tag = z.strictObject({ id: idSchema('ttag'), name: z.string() });

const StatusPoint = z.strictObject({
  id: idSchema('tstat'),
  category: z.enum(STATUS_CATEGORIES),
  publicLabel: z.string().nullable(),
});

const bare = { payload: z.strictObject({ ticket: TicketReference }), sample: { ticket: SAMPLE_TICKET } } as const;

export const ticketEvents = {
  'ticket.created': defineEvent({
    ...about,
    audiences: ['public', 'internal'],
    label: 'Ticket created',
    truncatable: ['opening.text'],
    payload: z.strictObject({
      ticket: TicketReference,
      opening: z
        .strictObject({
          id: idSchema('tmsg'),
          audience: z.enum(MESSAGE_AUDIENCES),
          author: Author,
          text: z.string(),
          truncated: z.boolean(),
          attachments: z.array(EventFile),
        })
        .nullable(),
      source: z.looseObject({
        kind: z.enum(['api', 'email', 'github', 'hook', 'widget', 'conversation', 'follow_up']),
      }),
    }),
    sample: {
      ticket: SAMPLE_TICKET,
      opening: {
        id: 'tmsg_01kaz2m4f8e5rtt0m0v2g6yh3g',
        audience: 'public',
        author: sampleAuthor,
        text: 'The page stays white after I enter my password.',
        truncated: false,
        attachments: [sampleFile],
      },
      source: { kind: 'email' },
    },
  }),
  'ticket.updated': defineEvent({
    ...internalOnly,
    label: 'Ticket fields changed',
    payload: z.strictObject({
      ticket: TicketReference,
      changes: z.array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() })),
      cause,
    }),
    sample: { ticket: SAMPLE_TICKET, changes: [{ field: 'priority', from: 'normal', to: 'urgent' }], cause: 'api' },
  }),
  'ticket.status_changed': defineEvent({
    ...about,
    audiences: ['public'],
    label: 'Ticket status changed',
    payload: z.strictObject({
      ticket: TicketReference,
      from: StatusPoint,
      to: StatusPoint,
      cause,
      reopened: z.boolean(),
      reopenCount: z.int(),
    }),
    sample: {
      ticket: SAMPLE_TICKET,
      from: { id: 'tstat_01kaz2m4f8e5rtt0m0v2g6yh3h', category: 'open', publicLabel: null },
      to: { id: 'tstat_01kaz2m4f8e5rtt0m0v2g6yh3j', category: 'solved', publicLabel: null },
      cause: 'agent',
      reopened: false,
      reopenCount: 0,
    },
  }),
  'ticket.assigned': defineEvent({
    ...internalOnly,
    label: 'Ticket assigned',
    payload: z.strictObject({ ticket: TicketReference, from: Assignment, to: Assignment, cause }),
    sample: {
      ticket: SAMPLE_TICKET,
      from: { principalId: null, teamId: null },
      to: { principalId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k', teamId: null },
      cause: 'agent',
    },
  }),
  'ticket.unassigned': defineEvent({
    ...internalOnly,
    label: 'Ticket unassigned',
    payload: z.strictObject({ ticket: TicketReference, from: Assignment, to: Assignment, cause }),
    sample: {
      ticket: SAMPLE_TICKET,
      from: { principalId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k', teamId: null },
      to: { principalId: null, teamId: null },
      cause: 'agent',
    },
  }),
  'ticket.tagged': defineEvent({
    ...internalOnly,
    label: 'Tags of a ticket changed',
    payload: z.strictObject({ ticket: TicketReference, added: z.array(Tag), removed: z.array(Tag), cause }),
    sample: {
      ticket: SAMPLE_TICKET,
      added: [{ id: 'ttag_01kaz2m4f8e5rtt0m0v2g6yh3n', name: 'vip' }],
      removed: [],
      cause: 'agent',
    },
  }),
  'ticket.merged': defineEvent({
    ...internalOnly,
    label: 'Tickets merged into one',
    payload: z.strictObject({
      ticket: TicketReference,
      sourceIds: z.array(idSchema('tkt')).min(1),
      targetId: idSchema('tkt'),
    }),
    sample: {
      ticket: SAMPLE_TICKET,
      sourceIds: ['tkt_01kaz2m4f8e5rtt0m0v2g6yh3n'],
      targetId: SAMPLE_TICKET.id,
    },
  }),
  'ticket.deleted': defineEvent({ ...internalOnly, label: 'Ticket deleted', ...bare }),
  'ticket.restored': defineEvent({ ...internalOnly, label: 'Ticket restored', ...bare }),
  'ticket.purged': defineEvent({
    ...internalOnly,
    label: 'Ticket purged: forget it',
    payload: z.strictObject({ ticket: z.strictObject({ id: idSchema('tkt'), number: z.int().positive() }) }),
    sample: { ticket: { id: SAMPLE_TICKET.id, number: SAMPLE_TICKET.number } },
  }),
  'ticket.first_response': defineEvent({
    ...internalOnly,
    label: 'First response given',
    payload: z.strictObject({
      ticket: TicketReference,
      messageId: idSchema('tmsg'),
      at: z.iso.datetime(),
      elapsedMs: z.int().nonnegative(),
    }),
    sample: {
      ticket: SAMPLE_TICKET,
      messageId: 'tmsg_01kaz2m4f8e5rtt0m0v2g6yh3m',
      at: '2026-11-02T09:12:00.000Z',
      elapsedMs: 720_000,
    },
  }),
  'ticket.rating_requested': defineEvent({
    ...internalOnly,
    label: 'Customer asked for a rating',
    payload: z.strictObject({ ticket: TicketReference, ratingId: idSchema('csat'), cycle: z.int().nonnegative() }),
    sample: { ticket: SAMPLE_TICKET, ratingId: 'csat_01kaz2m4f8e5rtt0m0v2g6yh3p', cycle: 0 },
  }),
  'ticket.rated': defineEvent({
    ...internalOnly,
    label: 'Customer rated a ticket',
    payload: z.strictObject({
      ticket: TicketReference,
      ratingId: idSchema('csat'),
      cycle: z.int().nonnegative(),
      score: z.int().min(1).max(5),
      comment: z.string().nullable(),
      agentId: idSchema('prin').nullable(),
      teamId: idSchema('team').nullable(),
    }),
    sample: {
      ticket: SAMPLE_TICKET,
      ratingId: 'csat_01kaz2m4f8e5rtt0m0v2g6yh3p',
      cycle: 0,
      score: 5,
      comment: 'Quick and kind.',
      agentId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k',
      teamId: null,
    },
  }),
};
