import type { TicketReference } from '#schema/events/ticket-reference.ts';
import type { Permit } from '#services/access/permit.ts';
import type { ActivityDraft, Change, EventDraft } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { SlaEffect } from '#services/sla/sla-on.ts';
import { changeTicket } from './change-ticket.ts';
import type { TicketRow } from './ticket-queries.ts';

/** What hangs on a ticket changes, and none of its fields: under its guard, so that twins meet, but no open form is stale. */
export const touchTicket = <Output>(touch: {
  permit: Permit;
  before: TicketRow;
  holds?: readonly Statement[];
  writes: readonly Statement[];
  activity: ActivityDraft;
  events: (reference: TicketReference) => readonly EventDraft[];
  action: string;
  /** Whether the customer sees it. */
  noticed?: boolean;
  by: Deciding;
  answer: Output;
}): Change<Output> =>
  changeTicket({
    permit: touch.permit,
    before: touch.before,
    after: {
      ...touch.before,
      ticket: {
        ...touch.before.ticket,
        lastActivityAt: touch.by.now,
        ...(touch.noticed ? { lastPublicAt: touch.by.now } : {}),
      },
    },
    cause: 'agent',
    sla: untold(touch.before),
    holds: touch.holds ?? [],
    writes: touch.writes,
    activity: [touch.activity],
    events: touch.events,
    audit: { action: touch.action, changes: auditOf(touch.activity) },
    deskUrl: touch.by.deskUrl,
    answer: () => touch.answer,
  });

/** Clocks look at fields and messages alone. */
const untold = ({ ticket: { slaPolicyId, slaNextDueAt } }: TicketRow): SlaEffect => ({
  writes: [],
  events: [],
  activity: [],
  mirrors: { slaPolicyId, slaNextDueAt },
  wakes: [],
});

const auditOf = ({ data }: ActivityDraft): Record<string, unknown> => {
  const changes = (data.changes ?? []) as { field: string; from: unknown; to: unknown }[];
  return Object.fromEntries(changes.map(({ field, from, to }) => [field, [from, to]]));
};
