import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import type { CHANGE_CAUSES, ValueOf } from '#schema/values.ts';
import type { Permit } from '#services/access/permit.ts';
import { type ActivityDraft, type Change, change, type EventDraft, event } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { rebuildSearch } from '#services/search/search-docs.ts';
import type { SlaEffect } from '#services/sla/sla-on.ts';
import type { TicketRow } from './ticket-queries.ts';
import { ticketReference } from './ticket-view.ts';

type Ticket = typeof tickets.$inferSelect;
export type Cause = ValueOf<typeof CHANGE_CAUSES>;

/** The fields whose change is an edit: they move `version`, unless the cause is a message or the SLA. */
const VERSIONED = [
  'subject',
  'priority',
  'visibility',
  'statusId',
  'assigneePrincipalId',
  'assigneeTeamId',
  'primaryTeamId',
  'inboxId',
  'organizationId',
  'requesterContactId',
  'requesterPrincipalId',
  'wakeAt',
] as const satisfies readonly (keyof Ticket)[];

type VersionedField = (typeof VERSIONED)[number];

export interface FieldChange {
  field: VersionedField;
  from: unknown;
  to: unknown;
}

/** The one comparison that version, activity, events and audit are made from. */
export const diffTicket = (before: Ticket, after: Ticket): FieldChange[] =>
  VERSIONED.filter((field) => plain(before[field]) !== plain(after[field])).map((field) => ({
    field,
    from: plain(before[field]),
    to: plain(after[field]),
  }));

const plain = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

export interface TicketChange<Output> {
  permit: Permit;
  before: TicketRow;
  /** The row as it will be, `version` not yet counted. */
  after: TicketRow;
  cause: Cause;
  /** A status move by a message is no edit: it never makes an open form stale. */
  byMessage?: boolean;
  sla: SlaEffect;
  /** Events beside those of the difference, in order before them: the message, the first response. */
  events?: (reference: ReturnType<typeof ticketReference>) => readonly EventDraft[];
  /** What the change leans on and does not write: a member who is given the ticket. */
  holds?: readonly Statement[];
  writes?: readonly Statement[];
  activity?: readonly ActivityDraft[];
  wakes?: readonly Wake[];
  audit: { action: string; changes?: Record<string, unknown> };
  deskUrl: string;
  answer(after: TicketRow): Output;
}

/** A change of one ticket: its row under guard, with activity, audit and events made from the difference. */
export function changeTicket<Output>(input: TicketChange<Output>): Change<Output> {
  const { before, cause, sla, byMessage = false } = input;
  const changes = diffTicket(before.ticket, input.after.ticket);
  const edits = changes.length > 0 && !byMessage;
  const after: TicketRow = {
    ...input.after,
    ticket: {
      ...input.after.ticket,
      ...sla.mirrors,
      version: before.ticket.version + (edits ? 1 : 0),
      revision: before.ticket.revision + 1,
    },
  };
  const reference = ticketReference(after, input.deskUrl);
  const { id, revision, eventSeq } = before.ticket;
  return change({
    permit: input.permit,
    answer: input.answer(after),
    holds: input.holds ?? [],
    roots: [
      {
        kind: 'update',
        table: tickets,
        what: 'ticket',
        loaded: { id, revision, eventSeq },
        set: changedColumns(before.ticket, after.ticket),
      },
    ],
    writes: [
      ...(input.writes ?? []),
      ...(changes.some(({ field }) => field === 'subject') ? [rebuildSearch([id])] : []),
      ...sla.writes,
    ],
    activity: [...activityOf(after.ticket, changes, cause, edits), ...(input.activity ?? []), ...sla.activity],
    audit: {
      action: input.audit.action,
      target: { type: 'ticket', id, label: `#${before.ticket.number}` },
      changes: {
        ...Object.fromEntries(changes.map(({ field, from, to }) => [field, [from, to]])),
        ...input.audit.changes,
      },
    },
    events: [
      ...(input.events?.(reference) ?? []),
      ...eventsOf(before, after, changes, cause, reference),
      ...sla.events,
    ].map((draft) => ({
      ...draft,
      ...placesOf(before.ticket, after.ticket),
    })),
    wakes: [...(input.wakes ?? []), ...sla.wakes],
  });
}

const DERIVED: readonly (keyof Ticket)[] = [
  'id',
  'number',
  'isActive',
  'revision',
  'eventSeq',
  'createdAt',
  'updatedAt',
];

const changedColumns = (before: Ticket, after: Ticket): Partial<Ticket> =>
  Object.fromEntries(
    (Object.keys(after) as (keyof Ticket)[])
      .filter((column) => !DERIVED.includes(column) && plain(before[column]) !== plain(after[column]))
      .map((column) => [column, after[column]]),
  );

function activityOf(after: Ticket, changes: readonly FieldChange[], cause: Cause, edits: boolean): ActivityDraft[] {
  const groups: Record<string, FieldChange[]> = {};
  for (const each of changes) {
    const type = ACTIVITY_BY_FIELD[each.field] ?? 'updated';
    groups[type] = [...(groups[type] ?? []), each];
  }
  return Object.entries(groups).map(([type, own]) => ({
    ticketId: after.id,
    revision: after.revision,
    version: edits ? after.version : null,
    type,
    audience: type === 'status_changed' ? 'public' : 'internal',
    cause,
    data: { changes: own },
  }));
}

const ACTIVITY_BY_FIELD: Partial<Record<VersionedField, string>> = {
  statusId: 'status_changed',
  assigneePrincipalId: 'assigned',
  assigneeTeamId: 'assigned',
};

function eventsOf(
  before: TicketRow,
  after: TicketRow,
  changes: readonly FieldChange[],
  cause: Cause,
  ticket: ReturnType<typeof ticketReference>,
): EventDraft[] {
  const drafts: EventDraft[] = [];
  const entity = after.ticket.id;
  const moved = (field: VersionedField) => changes.some((each) => each.field === field);
  const fields = changes.filter(({ field }) => ACTIVITY_BY_FIELD[field] === undefined);
  if (fields.length > 0) {
    drafts.push(
      event({ type: 'ticket.updated', entity, audience: 'internal', payload: { ticket, changes: fields, cause } }),
    );
  }
  if (moved('statusId')) {
    const payload: EventPayload<'ticket.status_changed'> = {
      ticket,
      from: statusPoint(before),
      to: statusPoint(after),
      cause,
      reopened: after.ticket.reopenCount > before.ticket.reopenCount,
      reopenCount: after.ticket.reopenCount,
    };
    drafts.push(event({ type: 'ticket.status_changed', entity, audience: 'public', payload }));
  }
  if (moved('assigneePrincipalId') || moved('assigneeTeamId')) {
    const [from, to] = [assignment(before.ticket), assignment(after.ticket)];
    const type = to.principalId === null && to.teamId === null ? 'ticket.unassigned' : 'ticket.assigned';
    drafts.push(event({ type, entity, audience: 'internal', payload: { ticket, from, to, cause } }));
  }
  return drafts;
}

const statusPoint = ({ ticket, status }: TicketRow) => ({
  id: ticket.statusId,
  category: ticket.statusCategory,
  publicLabel: status.publicLabel,
});

const assignment = (ticket: Ticket) => ({ principalId: ticket.assigneePrincipalId, teamId: ticket.assigneeTeamId });

/** Inbox and teams, the former ones too, so that whoever filters by them learns that the ticket left. */
function placesOf(before: Ticket, after: Ticket): Pick<EventDraft, 'inboxIds' | 'teamIds'> {
  const present = <T>(values: readonly (T | null)[]): T[] => [...new Set(values.filter((value) => value !== null))];
  return {
    inboxIds: present([before.inboxId, after.inboxId]),
    teamIds: present([
      before.primaryTeamId,
      before.assigneeTeamId,
      after.primaryTeamId,
      after.assigneeTeamId,
    ]) as Id<'team'>[],
  };
}
