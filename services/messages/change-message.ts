import { eq, sql } from 'drizzle-orm';
import type { EventPayload } from '#schema/events.ts';
import { idToUuid } from '#schema/ids.ts';
import { ticketMessages } from '#schema/index.ts';
import type { Permit } from '#services/access/permit.ts';
import { type ActivityDraft, type Change, type EventDraft, event } from '#services/kernel/change.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { rebuildSearch } from '#services/search/search-docs.ts';
import type { SlaEffect } from '#services/sla/sla-on.ts';
import { type Cause, changeTicket } from '#services/tickets/change-ticket.ts';
import { audienceOf, eventMessage, type MessageRow, messageFacts } from '#services/tickets/new-message.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import type { ticketReference } from '#services/tickets/ticket-view.ts';
import type { MessageInHand } from './message-queries.ts';

interface TouchedMessage<Output> {
  permit: Permit;
  inHand: Pick<MessageInHand, 'before' | 'message' | 'files'>;
  audit: { action: string; changes?: Record<string, unknown> };
  activity: Pick<ActivityDraft, 'type' | 'data'>;
  events: (ticket: ReturnType<typeof ticketReference>) => readonly EventDraft[];
  writes: readonly Statement[];
  cause: Cause;
  by: Deciding;
  answer: Output;
}

/** A change below a message: the ticket is touched under its guard, no clock and no version moves, and its readers are told. */
export function touchMessage<Output>(input: TouchedMessage<Output>): Change<Output> {
  const { inHand, by, cause } = input;
  const { before, message } = inHand;
  const { ticket } = before;
  const noticed = message.audience === 'public' ? { lastPublicAt: by.now } : {};
  return changeTicket({
    permit: input.permit,
    before,
    after: { ...before, ticket: { ...ticket, lastActivityAt: by.now, ...noticed } },
    cause,
    sla: untouched(before),
    events: input.events,
    writes: input.writes,
    activity: [
      {
        ...input.activity,
        ticketId: ticket.id,
        revision: ticket.revision + 1,
        version: null,
        audience: message.audience,
        ...(message.sharedTeamId === null ? {} : { teamId: message.sharedTeamId }),
        cause,
      },
    ],
    audit: input.audit,
    deskUrl: by.deskUrl,
    answer: () => input.answer,
  });
}

const untouched = ({ ticket: { slaPolicyId, slaNextDueAt } }: TicketRow): SlaEffect => ({
  writes: [],
  events: [],
  activity: [],
  wakes: [],
  mirrors: { slaPolicyId, slaNextDueAt },
});

const KINDS = {
  message_edited: { action: 'ticket.message_updated', event: 'ticket.message_updated' },
  message_deleted: { action: 'ticket.message_deleted', event: 'ticket.message_deleted' },
  message_redacted: { action: 'ticket.message_redacted', event: 'ticket.message_updated' },
} as const;

/** A message edited, deleted or redacted; the search documents of its ticket lose the words in the same commit. */
export function changeMessage<Output>(change: {
  type: keyof typeof KINDS;
  permit: Permit;
  inHand: Pick<MessageInHand, 'before' | 'message' | 'files'>;
  after: MessageRow;
  writes?: readonly Statement[];
  cause: Cause;
  by: Deciding;
  answer: Output;
}): Change<Output> {
  const { type, inHand, after, by } = change;
  const kind = KINDS[type];
  const { id: _id, ticketId: _ticket, ...stored } = after;
  const deleted = kind.event === 'ticket.message_deleted';
  return touchMessage({
    permit: change.permit,
    inHand,
    cause: change.cause,
    by,
    answer: change.answer,
    audit: {
      action: kind.action,
      changes: {
        message: { id: after.id, audience: after.audience, ...(deleted ? {} : { length: after.bodyText.length }) },
      },
    },
    activity: { type, data: { messageId: after.id, seq: after.seq } },
    events: (ticket) => {
      const place = { ticket, teamId: after.sharedTeamId };
      const about = { entity: after.ticketId, ...audienceOf(after) };
      if (deleted) {
        const payload = { ...place, message: messageFacts(after) };
        return [event({ type: 'ticket.message_deleted', ...about, payload })];
      }
      const payload: EventPayload<'ticket.message_updated'> = { ...place, message: eventMessage(after, inHand.files) };
      return [event({ type: 'ticket.message_updated', ...about, payload })];
    },
    writes: [
      statement(qb.update(ticketMessages).set(stored).where(eq(ticketMessages.id, after.id))),
      ...(change.writes ?? []),
      ...(type === 'message_edited' ? [] : [eraseTellings(after)]),
      rebuildSearch([after.ticketId]),
    ],
  });
}

/** Events that held the words say from now on that they are erased, and bodies rendered from them are made anew. */
const eraseTellings = ({ id, ticketId }: MessageRow): Statement =>
  run(sql`with told as (
      select e.id from events e
      where e.entity_id = ${idToUuid(ticketId)}::uuid and e.erased_at is null
        and ${id} in (e.payload -> 'message' ->> 'id', e.payload -> 'opening' ->> 'id')),
    bodies as (delete from event_bodies b using told where b.event_id = told.id)
    select public.redact_rows('events', array(select id from told), array['payload', 'erased_at'])`);
