import { type Id, newId } from '#schema/ids.ts';
import { ticketLinks, ticketParticipants, tickets } from '#schema/index.ts';
import type { ActivityDraft, Change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { Author } from '#services/tickets/author.ts';
import { openTicket } from '#services/tickets/open-ticket.ts';
import type { Requester } from '#services/tickets/opening-people.ts';
import { followTogether } from '#services/tickets/subscribe.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { follow } from './add-message.ts';
import type { CustomerReply, Replied } from './reply-as-customer.ts';
import type { LoadedReply } from './reply-queries.ts';

/**
 * A new ticket that goes on with one that is over: requester, organisation, inbox, team, visibility, tags and what a
 * customer may edit come along. The old one is bumped under its guard, so that of two replies one finds the other's.
 */
export function openFollowUp<Output>(
  input: CustomerReply,
  { before, reply }: { before: TicketRow; reply: LoadedReply },
  by: Deciding,
  answer: (replied: Replied) => Output,
): Change<Output> {
  const { ticket: old } = before;
  if (reply.number === null) throw new TypeError('a follow-up without its number');
  const opened = openTicket<Replied>(
    {
      permit: input.permit,
      number: reply.number,
      subject: old.subject,
      channel: input.via,
      priority: 'normal',
      visibility: old.visibility,
      status: reply.landing.openStatus,
      inboxId: old.inboxId,
      inboxChannelId: old.inboxChannelId,
      primaryTeamId: reply.liveTeamId,
      assigneeTeamId: null,
      assignee: null,
      requester: requesterOf(before),
      organizationId: old.organizationId,
      tagging: { tags: [...before.tags], writes: [] },
      assurance: old.requesterAssurance,
      createdByPrincipalId: input.createdByPrincipalId,
      customFields: Object.fromEntries(
        Object.entries(old.customFields).filter(([key]) => reply.editableFields.includes(key)),
      ),
      message: {
        body: input.body,
        author: () => input.author,
        audience: 'public',
        files: input.files ?? [],
        ...(input.dedupeKey === undefined ? {} : { dedupeKey: input.dedupeKey }),
      },
      source: { kind: 'follow_up', ticketId: old.id, number: old.number },
      cause: 'follow_up',
      sla: { config: input.loaded.slaConfig, state: null },
      also: (ticketId, messageId) => (messageId === null ? [] : (input.also?.(ticketId, messageId) ?? [])),
    },
    by,
    (after, message) => {
      if (message === null) throw new TypeError('a follow-up without its message');
      return { message, after, followUpOf: old.id };
    },
  );
  const { after, message } = opened.answer;
  const joins = joinAsCc(after, input.author, by);
  const linked = (ticketId: Id<'tkt'>, otherId: Id<'tkt'>, revision: number): ActivityDraft => ({
    ticketId,
    revision,
    version: null,
    type: 'linked',
    audience: 'internal',
    cause: 'follow_up',
    data: { kind: 'follow_up', otherId },
  });
  return {
    ...opened,
    answer: answer(opened.answer),
    roots: [
      { kind: 'update', table: tickets, what: 'ticket', loaded: old, set: { lastActivityAt: by.now } },
      ...opened.roots,
    ],
    writes: followTogether([
      ...opened.writes,
      statement(
        qb.insert(ticketLinks).values({
          id: newId(by.ids, 'tlink'),
          sourceId: after.ticket.id,
          targetId: old.id,
          kind: 'follow_up',
          actorKind: 'system',
          createdAt: by.now,
        }),
      ),
      ...joins,
      ...(joins.length === 0 ? [] : follow(message, by.now)),
    ]),
    activity: [
      ...opened.activity,
      linked(after.ticket.id, old.id, 1),
      linked(old.id, after.ticket.id, old.revision + 1),
    ],
  };
}

/** The same as the old ticket's, under the name that it shows. */
function requesterOf({ ticket, requesterName: name, requesterEmail: email }: TicketRow): Requester | null {
  const { requesterContactId: contactId, requesterPrincipalId: principalId, organizationId } = ticket;
  if (contactId !== null) return { contact: { id: contactId, name, email, organizationId }, principalId };
  return principalId === null ? null : { principal: { id: principalId, name: name ?? '', email } };
}

/** Whoever writes is on the ticket: as its requester, or from now on as cc. */
export function joinAsCc({ ticket }: TicketRow, author: Author, by: Deciding): Statement[] {
  const { contactId, principalId } = author;
  const isRequester =
    (contactId !== null && contactId === ticket.requesterContactId) ||
    (principalId !== null && principalId === ticket.requesterPrincipalId);
  if (isRequester || (contactId === null && principalId === null)) return [];
  return [
    statement(
      qb
        .insert(ticketParticipants)
        .values({
          id: newId(by.ids, 'tpart'),
          ticketId: ticket.id,
          ...(contactId === null ? { principalId } : { contactId }),
          role: 'cc',
          actorKind: 'system',
          createdAt: by.now,
        })
        .onConflictDoNothing(),
    ),
  ];
}
