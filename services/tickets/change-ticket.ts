import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import type { CHANGE_CAUSES, ValueOf } from '#schema/values.ts';
import { holdTeam } from '#services/access/hold.ts';
import type { Permit } from '#services/access/permit.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { type ActivityDraft, type Change, change, type EventDraft, event } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { rebuildSearch } from '#services/search/search-docs.ts';
import type { SlaEffect } from '#services/sla/sla-on.ts';
import { followTogether, subscribe } from './subscribe.ts';
import type { TicketRow } from './ticket-queries.ts';
import { tagDifference, tagWrites } from './ticket-tags.ts';
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
  'mergedIntoId',
  'deletedAt',
] as const satisfies readonly (keyof Ticket)[];

type VersionedField = (typeof VERSIONED)[number];

export interface FieldChange {
  field: VersionedField | 'tags' | `customFields.${string}`;
  from: unknown;
  to: unknown;
}

/** The one comparison that version, activity, events and audit are made from. */
export const diffTicket = (before: TicketRow, after: TicketRow): FieldChange[] => [
  ...VERSIONED.map((field) => ({ field, from: plain(before.ticket[field]), to: plain(after.ticket[field]) })).filter(
    ({ from, to }) => from !== to,
  ),
  ...diffValues(before.ticket.customFields, after.ticket.customFields),
  ...(tagWrites(before, after).length === 0
    ? []
    : [{ field: 'tags' as const, from: before.tags.map(({ id }) => id), to: after.tags.map(({ id }) => id) }]),
];

/** One entry per custom field, so that edits of two of them are not edits of one thing. */
function diffValues(before: Ticket['customFields'], after: Ticket['customFields']): FieldChange[] {
  if (before === after) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .toSorted()
    .map((key) => ({
      field: `customFields.${key}` as const,
      from: before[key] ?? null,
      to: after[key] ?? null,
    }))
    .filter(({ from, to }) => canonicalJson(from) !== canonicalJson(to));
}

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
  /** What the entry that tells of the change keeps beside it: what undoing it needs. */
  remembers?: Readonly<Record<string, unknown>>;
  wakes?: readonly Wake[];
  audit: { action: string; changes?: Record<string, unknown> };
  deskUrl: string;
  answer(after: TicketRow): Output;
}

/** A ticket comes to a live team, which cannot be archived meanwhile. */
const heldTeam = ({ field, to }: ReturnType<typeof diffTicket>[number]): Statement[] =>
  (field === 'primaryTeamId' || field === 'assigneeTeamId') && to !== null ? [holdTeam(to as Id<'team'>)] : [];

/** A change of one ticket: its row under guard, with activity, audit and events made from the difference. */
export function changeTicket<Output>(input: TicketChange<Output>): Change<Output> {
  const { before, cause, sla, byMessage = false } = input;
  const changes = diffTicket(before, input.after);
  const edits = changes.length > 0 && !byMessage;
  const after: TicketRow = {
    ...input.after,
    ticket: {
      ...input.after.ticket,
      ...(shows(before, input.after, changes) ? { lastPublicAt: input.after.ticket.lastActivityAt } : {}),
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
    holds: [...(input.holds ?? []), ...changes.flatMap(heldTeam)],
    roots: [
      {
        kind: 'update',
        table: tickets,
        what: 'ticket',
        loaded: { id, revision, eventSeq },
        set: changedColumns(before.ticket, after.ticket),
      },
    ],
    writes: followTogether([
      ...(input.writes ?? []),
      ...tagWrites(before, after),
      ...followWrites(before, after),
      ...(changes.some(({ field }) => field === 'subject') ? [rebuildSearch([id])] : []),
      ...sla.writes,
    ]),
    activity: [
      ...activityOf(after.ticket, changes, cause, { edits, remembers: input.remembers ?? {} }),
      ...(input.activity ?? []),
      ...sla.activity,
    ],
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

const SHOWN: readonly string[] = ['subject', 'requesterContactId', 'requesterPrincipalId'];

/** Whether the customer can notice it: of statuses that they know by one name they cannot. */
const shows = (before: TicketRow, { ticket, status }: TicketRow, changes: readonly FieldChange[]): boolean =>
  ticket.statusCategory !== before.ticket.statusCategory ||
  status.publicLabel !== before.status.publicLabel ||
  changes.some(({ field }) => SHOWN.includes(field));

/** Whoever is assigned follows the ticket, unless they muted it. */
function followWrites({ ticket: before }: TicketRow, { ticket: after }: TicketRow): Statement[] {
  const person = after.assigneePrincipalId;
  if (person === null || person === before.assigneePrincipalId) return [];
  return subscribe(after.id, [{ principalId: person, source: 'auto_assigned' }], after.updatedAt, { revive: true });
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

function activityOf(
  after: Ticket,
  changes: readonly FieldChange[],
  cause: Cause,
  { edits, remembers }: { edits: boolean; remembers: Readonly<Record<string, unknown>> },
): ActivityDraft[] {
  const groups: Record<string, FieldChange[]> = {};
  const moved = changes.some(({ field }) => field === 'statusId');
  for (const each of changes) {
    const type = activityType(each, moved);
    groups[type] = [...(groups[type] ?? []), each];
  }
  return Object.entries(groups).map(([type, own]) => ({
    ticketId: after.id,
    revision: after.revision,
    version: edits ? after.version : null,
    type,
    audience: type === 'status_changed' ? 'public' : 'internal',
    cause,
    data: { changes: own, ...(type === 'merged' ? remembers : {}) },
  }));
}

/** A wake-up that ends or begins with a move of the status is told with it. */
function activityType({ field, to }: FieldChange, statusMoved: boolean): string {
  if (field === 'mergedIntoId') return to === null ? 'unmerged' : 'merged';
  if (field === 'deletedAt') return to === null ? 'restored' : 'deleted';
  if (field === 'assigneePrincipalId' || field === 'assigneeTeamId') return 'assigned';
  if (field === 'tags') return 'tagged';
  return field === 'statusId' || (field === 'wakeAt' && statusMoved) ? 'status_changed' : 'updated';
}

function eventsOf(
  before: TicketRow,
  after: TicketRow,
  changes: readonly FieldChange[],
  cause: Cause,
  ticket: ReturnType<typeof ticketReference>,
): EventDraft[] {
  const drafts: EventDraft[] = [];
  const entity = after.ticket.id;
  const moved = (field: FieldChange['field']) => changes.some((each) => each.field === field);
  const fields = changes.filter((each) => ['updated', 'unmerged'].includes(activityType(each, moved('statusId'))));
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
  if (moved('tags')) {
    const { added, removed } = tagDifference(before, after);
    drafts.push(
      event({ type: 'ticket.tagged', entity, audience: 'internal', payload: { ticket, added, removed, cause } }),
    );
  }
  if (moved('deletedAt')) {
    const type = after.ticket.deletedAt === null ? 'ticket.restored' : 'ticket.deleted';
    drafts.push(event({ type, entity, audience: 'internal', payload: { ticket } }));
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
