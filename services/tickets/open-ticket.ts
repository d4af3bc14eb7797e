import type { EventPayload } from '#schema/events.ts';
import { type Id, newId } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import type { ASSURANCES, TICKET_CHANNELS, TICKET_PRIORITIES, TICKET_VISIBILITIES, ValueOf } from '#schema/values.ts';
import type { Permit } from '#services/access/permit.ts';
import { meetContact } from '#services/contacts/meet-contact.ts';
import { holdContact } from '#services/directory/hold-live.ts';
import { attachFiles } from '#services/files/attach-files.ts';
import { eventFile, type FileRow } from '#services/files/file-row.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { type Change, change, event } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { newSearch } from '#services/search/search-docs.ts';
import { type LoadedSla, slaOn } from '#services/sla/sla-on.ts';
import type { Author } from './author.ts';
import { holdPlaces } from './hold-status.ts';
import { matchFactsOf } from './match-facts.ts';
import { eventText, insertMessage, type MessageRow, messageFacts, newMessage, searchTextOf } from './new-message.ts';
import { emailOf, nameOf, peopleWrites, type Requester, requesterIds } from './opening-people.ts';
import type { Seat } from './participants.ts';
import { isActiveCategory, type Status } from './status-machine.ts';
import type { TicketRow } from './ticket-queries.ts';
import type { Tagging } from './ticket-tags.ts';
import { ticketReference } from './ticket-view.ts';

export interface Opening {
  permit: Permit;
  number: number;
  subject: string;
  channel: ValueOf<typeof TICKET_CHANNELS>;
  priority: ValueOf<typeof TICKET_PRIORITIES>;
  visibility: ValueOf<typeof TICKET_VISIBILITIES>;
  status: Status;
  inboxId: Id<'inbox'> | null;
  inboxChannelId: Id<'ibch'> | null;
  primaryTeamId: Id<'team'> | null;
  assigneeTeamId: Id<'team'> | null;
  assignee: { id: Id<'prin'>; name: string } | null;
  requester: Requester | null;
  assurance: ValueOf<typeof ASSURANCES>;
  createdByPrincipalId: Id<'prin'> | null;
  /** The first message; the author is told the requester's id when it was met only now. */
  message: {
    body: string;
    author: (requesterId: Id<'contact'> | null) => Author;
    audience?: MessageRow['audience'];
    dedupeKey?: string;
    files?: readonly FileRow[];
  } | null;
  source: EventPayload<'ticket.created'>['source'];
  cause: string;
  origin?: Id<'int'>;
  originRef?: string;
  sla: LoadedSla;
  /** What the door leans on and does not write. */
  holds?: readonly Statement[];
  /** The requester's own, unless said. */
  organizationId?: Id<'org'> | null;
  customFields?: TicketRow['ticket']['customFields'];
  tagging?: Tagging;
  attendance?: { seats: readonly Seat[]; actor: ActorRow };
  /** The desk writes first: nobody waits, and the answer to it begins a turn. */
  outbound?: boolean;
  /** What the door wants written in the same commit, given the ids of ticket and opening message. */
  also?: (ticketId: Id<'tkt'>, messageId: Id<'tmsg'> | null) => readonly Statement[];
}

/** Opens a ticket, the same from every door: row, opening message, contact, clocks, activity, audit, one event. */
export function openTicket<Output>(
  opening: Opening,
  by: Deciding,
  answer: (row: TicketRow, message: MessageRow | null) => Output,
): Change<Output> {
  const id = newId(by.ids, 'tkt');
  const met =
    opening.requester !== null && 'email' in opening.requester
      ? meetContact(
          { ...opening.requester, verified: opening.assurance === 'verified' && opening.channel === 'email' },
          opening.requester.met,
          by,
        )
      : null;
  const known = opening.requester !== null && 'contact' in opening.requester ? opening.requester.contact : null;
  const requesterId = met?.known.row.id ?? known?.id ?? null;
  const login = requesterIds(opening.requester).principalId;
  const message =
    opening.message === null
      ? null
      : newMessage(by.ids, {
          ticketId: id,
          seq: 1,
          audience: opening.message.audience ?? (requesterId === null && login === null ? 'internal' : 'public'),
          author: opening.message.author(requesterId),
          via: opening.channel,
          isOpening: true,
          countsAsResponse: false,
          body: opening.message.body,
          dedupeKey: opening.message.dedupeKey ?? null,
          createdAt: by.now,
        });
  const organizationId = opening.organizationId ?? (met?.known.row ?? known)?.organizationId ?? null;
  const base = rowOf(opening, { id, requesterId, login, message, organizationId, now: by.now });
  const names = {
    status: { name: opening.status.name, publicLabel: opening.status.publicLabel },
    requesterName: met?.known.row.name ?? nameOf(opening.requester),
    requesterEmail: emailOf(opening.requester),
    assigneeName: opening.assignee?.name ?? null,
  };
  const draft: TicketRow = { ticket: base, ...names, tags: opening.tagging?.tags ?? [] };
  const reference = ticketReference(draft, by.deskUrl);
  const sla = slaOn({
    cause: 'created',
    before: null,
    after: base,
    about: matchFactsOf(draft),
    loaded: opening.sla,
    now: by.now,
    ids: by.ids,
    reference,
  });
  const row: TicketRow = { ...draft, ticket: { ...base, ...sla.mirrors } };
  const { isActive: _generated, ...stored } = row.ticket;
  const places = {
    inboxIds: base.inboxId === null ? [] : [base.inboxId],
    teamIds: [...new Set([base.primaryTeamId, base.assigneeTeamId].filter((team) => team !== null))],
  };
  const told = {
    ...(opening.origin === undefined ? {} : { origin: opening.origin }),
    ...(opening.originRef === undefined ? {} : { originRef: opening.originRef }),
  };
  return change({
    permit: opening.permit,
    answer: answer(row, message),
    holds: [
      ...(met?.also.holds ?? []),
      ...(known === null || opening.source.kind === 'follow_up' ? [] : [holdContact(known.id)]),
      holdPlaces(opening.status.id, places.teamIds, opening.assignee?.id ?? null),
      ...(opening.holds ?? []),
    ],
    roots: [...(met?.also.roots ?? []), { kind: 'insert', table: tickets, row: stored }],
    writes: [
      ...(met?.also.writes ?? []),
      ...(message === null ? [] : [insertMessage(message), ...attachFiles(opening.message?.files, message, by.now)]),
      newSearch(id, opening.subject, message && searchTextOf(message)),
      ...peopleWrites(row, opening, by),
      ...sla.writes,
      ...(opening.also?.(id, message?.id ?? null) ?? []),
    ],
    activity: [
      { ticketId: id, revision: 1, version: 1, type: 'created', audience: 'public', cause: opening.cause, data: {} },
      ...sla.activity,
    ],
    audit: {
      action: 'ticket.created',
      target: { type: 'ticket', id, label: `#${opening.number}` },
      changes: { subject: { length: opening.subject.length } },
    },
    events: [
      ...(met?.also.events ?? []).map((each) => ({ ...each, ...told })),
      event({
        type: 'ticket.created',
        entity: id,
        audience: requesterId === null && login === null ? 'internal' : 'public',
        payload: {
          ticket: reference,
          opening: message && openingOf(message, opening.message?.files),
          source: opening.source,
        },
        ...places,
        ...told,
      }),
      ...sla.events.map((each) => ({ ...each, ...places, ...told })),
    ],
    wakes: sla.wakes,
  });
}

function rowOf(
  opening: Opening,
  made: {
    id: Id<'tkt'>;
    requesterId: Id<'contact'> | null;
    login: Id<'prin'> | null;
    message: MessageRow | null;
    organizationId: Id<'org'> | null;
    now: Date;
  },
): TicketRow['ticket'] {
  const { now, message } = made;
  const byCustomer = message?.authorKind === 'customer';
  const byAgent = message?.authorKind === 'agent' && message.audience === 'public';
  const waits = (made.requesterId !== null || made.login !== null) && opening.outbound !== true;
  const settled = !isActiveCategory(opening.status.category);
  return {
    id: made.id,
    number: opening.number,
    subject: opening.subject,
    priority: opening.priority,
    channel: opening.channel,
    visibility: opening.visibility,
    statusId: opening.status.id,
    statusCategory: opening.status.category,
    isActive: !settled,
    requesterPrincipalId: made.login,
    requesterContactId: made.requesterId,
    requesterAssurance: opening.assurance,
    organizationId: made.organizationId,
    inboxId: opening.inboxId,
    inboxChannelId: opening.inboxChannelId,
    assigneePrincipalId: opening.assignee?.id ?? null,
    assigneeTeamId: opening.assigneeTeamId,
    primaryTeamId: opening.primaryTeamId,
    createdByPrincipalId: opening.createdByPrincipalId,
    slaPolicyId: null,
    slaNextDueAt: null,
    customFields: opening.customFields ?? {},
    messageSeq: message === null ? 0 : 1,
    firstResponseAt: opening.outbound === true ? now : null,
    firstSolvedAt: settled ? now : null,
    solvedAt: settled ? now : null,
    closedAt: opening.status.category === 'closed' ? now : null,
    reopenedAt: null,
    reopenCount: 0,
    wakeAt: null,
    lastActivityAt: now,
    lastPublicAt: now,
    lastMessageAt: message === null ? null : now,
    customerWaitingSince: waits && !settled ? now : null,
    lastCustomerMessageAt: byCustomer ? now : null,
    lastAgentMessageAt: byAgent ? now : null,
    mergedIntoId: null,
    mergedAt: null,
    deletedAt: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
    revision: 1,
    eventSeq: 0,
  };
}

const openingOf = (
  message: MessageRow,
  files: readonly FileRow[] = [],
): NonNullable<EventPayload<'ticket.created'>['opening']> => ({
  id: message.id,
  audience: message.audience,
  author: messageFacts(message).author,
  ...eventText(message.bodyText),
  attachments: files.map(eventFile),
});
