import { eq, type SQL, sql } from 'drizzle-orm';
import type { TicketAction } from '#schema/api/bulk.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { teamMemberships, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketDenial } from '#services/access/can.ts';
import { permitTicket } from '#services/access/permit.ts';
import { attempt } from '#services/kernel/attempt.ts';
import { type Change, change, type Decision, isChange } from '#services/kernel/change.ts';
import { qb, type Statement, statement, statementWith } from '#services/kernel/query.ts';
import type { Deciding, Loaded, Loading } from '#services/kernel/verb.ts';
import { deletion } from '#services/lifecycle/delete-ticket.ts';
import { requireDeleted, restoration } from '#services/lifecycle/restore-ticket.ts';
import { rowChange } from '#services/lifecycle/row-change.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { putSubscription } from '#services/subscriptions/put-subscription.ts';
import { type AssignTicketInput, planAssignment } from '#services/tickets/assign-ticket.ts';
import type { Cause } from '#services/tickets/change-ticket.ts';
import { causeOf, requireEditable, type TicketEdit } from '#services/tickets/edit-ticket.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { planTagging } from '#services/tickets/tag-ticket.ts';
import { factsOf, one, selectTickets, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { planTransition } from '#services/tickets/transition-ticket.ts';
import { planUpdate, type UpdateTicketInput } from '#services/tickets/update-ticket.ts';
import { type AskedOfTicket, askedColumns, askedOf, includes } from './asked-of-ticket.ts';
import { namedByActions } from './named-by-actions.ts';

const selectAsked = (actions: SQL, auth: SQL, where: SQL) =>
  statementWith(
    auth,
    selectTickets(askedColumns(actions, sql`(select holder_id from auth)`)).where(where),
  ) as Statement<(TicketRow & AskedOfTicket)[]>;

/**
 * A ticket, in the trash or not, and all that some actions on it may need; `actions` is the JSON of them, or where it
 * stands.
 */
export const loadForActions = (ticketId: Id<'tkt'>, actions: SQL, { now, auth }: Loading) => ({
  ...ticketById(ticketId),
  ticket: one(selectAsked(actions, auth, eq(tickets.id, ticketId))),
  merged: selectAsked(
    actions,
    auth,
    sql`${includes(actions, 'delete', 'restore')} and ${tickets.mergedIntoId} = ${idToUuid(ticketId)}::uuid
      and ${tickets.deletedAt} is not distinct from (select t.deleted_at from tickets t where t.id = ${idToUuid(ticketId)}::uuid)`,
  ),
  named: namedByActions(actions, now),
  presentTeams: statement(
    qb
      .select({ teamId: teamMemberships.teamId })
      .from(teamMemberships)
      .innerJoin(tickets, eq(tickets.assigneePrincipalId, teamMemberships.principalId))
      .where(eq(tickets.id, ticketId)),
  ),
  slaConfig: slaConfigQuery(),
  slaState: slaStateQuery(ticketId),
});

type LoadedAlone = Loaded<ReturnType<typeof loadForActions>>;

/** What actions on a ticket lean on, loaded for it alone or with many. */
export type LoadedForActions = Omit<LoadedAlone, 'ticket' | 'merged'> &
  ReturnType<typeof askedOf> & { ticket: TicketRow | undefined };

/** As far as the actions reach: whoever may not restore does not learn that there is something in the trash. */
export function reached<T extends LoadedAlone>(
  { merged, ...loaded }: T,
  actions: readonly { type?: unknown }[],
  authority: Authority,
) {
  const facts = factsOf(loaded);
  const hidden =
    loaded.ticket?.ticket.deletedAt &&
    !(
      facts &&
      actions.some(({ type }) => type === 'restore') &&
      ticketDenial(authority, 'ticket.restore', facts) === undefined
    );
  return { ...loaded, ...askedOf(loaded.ticket, merged), ticket: hidden ? undefined : loaded.ticket };
}
type By = Deciding & { authority: Authority };

interface ActionEdit extends TicketEdit {
  /** What it does beside the row of the ticket: to those that were merged into it, or for whoever acts. */
  beside?(cause: Cause): Change<unknown>[];
  /** Whoever acts comes to follow the ticket. */
  follows?: boolean;
}

export interface PlannedActions {
  edits: ActionEdit[];
  /** The row with all of them. */
  after: TicketRow;
  /** By the place of the action. */
  refusals: { action: number; error: ServiceError }[];
}

/**
 * Several actions as one edit, each by the rule of its own operation and on what the ones before it leave: first a ticket
 * comes out of the trash, a move of the status waits for the fields that solving asks for, the way into the trash is last.
 * Rights are those on the ticket as it is: no action gives or takes the right to another.
 */
export function planActions(actions: readonly TicketAction[], loaded: LoadedForActions, by: By): PlannedActions {
  let after = loaded.ticket as TicketRow;
  let { known } = loaded.named;
  const edits: ActionEdit[] = [];
  const refusals: PlannedActions['refusals'] = [];
  const inOrder = actions.map((action, i) => ({ action, i })).sort((a, b) => rank(a.action) - rank(b.action));
  for (const { action, i } of inOrder) {
    const edit = attempt(() => planAction(action, { ...loaded, named: { ...loaded.named, known } }, by, after));
    if (edit instanceof ServiceError) {
      refusals.push({ action: i, error: edit });
      continue;
    }
    edits.push(edit);
    after = edit.after;
    known = [...known, ...after.tags.filter(({ id }) => !known.some((tag) => tag.id === id))];
  }
  return { edits, after, refusals: refusals.sort((a, b) => a.action - b.action) };
}

/** The edits as one; nothing of them is in a commit yet. */
export const joinEdits = ({ edits, after }: Pick<PlannedActions, 'edits' | 'after'>, now: Date) => ({
  after: { ...after, ticket: { ...after.ticket, updatedAt: now } },
  slaCause: edits.some(({ slaCause }) => slaCause === 'status') ? ('status' as const) : ('fields' as const),
  holds: edits.flatMap(({ holds = [] }) => holds),
  also: { writes: edits.flatMap(({ also }) => also?.writes ?? []) },
});

/** The change of the ticket with all that its actions do beside it, as one. */
export function withBeside<T>(
  decision: Decision<T>,
  { edits }: Pick<PlannedActions, 'edits'>,
  cause: Cause,
): Decision<T> {
  const beside = edits.flatMap((edit) => edit.beside?.(cause) ?? []);
  if (beside.length === 0) return decision;
  const { permit, answer } = decision;
  const whole = isChange(decision) ? [decision, ...beside] : beside;
  return change({
    ...mergeChanges(whole),
    ...{ permit, answer },
    audit: isChange(decision) ? decision.audit : null,
    furtherAudit: whole.flatMap(({ furtherAudit }) => furtherAudit).concat(beside.flatMap(({ audit }) => audit ?? [])),
  });
}

const RANKS: Partial<Record<TicketAction['type'], number>> = { restore: -1, status: 1, delete: 2 };
const rank = ({ type }: TicketAction): number => RANKS[type] ?? 0;

/** What an assignment reads beside its ticket; `from` is the row as other actions have left it. */
export function assignmentFacts(
  { assigneePrincipalId: person, assigneeTeamId }: Partial<AssignTicketInput>,
  { named, ticket, presentTeams }: LoadedForActions,
  from = ticket,
) {
  const teamsOf = (id: Id<'prin'> | null | undefined) =>
    named.memberships.filter(({ principalId }) => principalId === id);
  const present = from?.ticket.assigneePrincipalId;
  return {
    team: named.teams.find(({ id }) => id === assigneeTeamId),
    assignee: named.members.find(({ principalId }) => principalId === person),
    newTeams: teamsOf(person),
    presentTeams: present === ticket?.ticket.assigneePrincipalId ? presentTeams : teamsOf(present),
  };
}

/** What a move of the status reads beside its ticket. */
export const moveFacts = (statusId: Id<'tstat'> | undefined, { named }: LoadedForActions) => ({
  named: named.statuses.find(({ id }) => id === statusId),
  defaults: named.statuses.filter(({ isDefault }) => isDefault),
  required: named.fields.filter(({ requiredOn, archivedAt }) => requiredOn === 'solve' && archivedAt === null),
});

/** What an edit of fields reads beside its ticket. */
export const editFacts = (changes: UpdateTicketInput['changes'], { named }: LoadedForActions) => ({
  inbox: named.inboxes.find(({ id }) => id === changes.inboxId),
  team: named.teams.find(({ id }) => id === changes.primaryTeamId),
  organization: named.organizations.find(({ id }) => id === changes.organizationId),
  fields: named.fields,
});

function planAction(action: TicketAction, loaded: LoadedForActions, by: By, from: TicketRow): ActionEdit {
  const input = { ticketId: from.ticket.id, ifMatch: null };
  const since: never[] = [];
  switch (action.type) {
    case 'assign': {
      const { assigneePrincipalId, assigneeTeamId } = action;
      const facts = assignmentFacts(action, loaded, from);
      return planAssignment(
        { ...loaded, ...facts, since },
        { ...input, assigneePrincipalId, assigneeTeamId },
        by,
        from,
      );
    }
    case 'status': {
      const { statusId, category = 'open', wakeAt } = action;
      const to = statusId === undefined ? { category } : { statusId };
      const facts = { ...moveFacts(statusId, loaded), since, crossed: false };
      return planTransition({ ...loaded, ...facts }, { ...input, to, wakeAt }, by, from);
    }
    case 'tags': {
      const { add = [], remove = [] } = action;
      return planTagging({ ...loaded, since, known: loaded.named.known }, { ...input, add, remove }, by, from);
    }
    case 'delete':
    case 'restore':
      return planTrash(action.type, loaded, by, from);
    case 'subscribe': {
      const { ticketId } = input;
      const chosen = putSubscription.decide({ ...loaded, ticket: from }, { ticketId, notify: {} }, by, undefined);
      const edit = { ...unmoved(loaded, by, from), permit: chosen.permit, action: 'ticket_subscription.updated' };
      return { ...edit, follows: isChange(chosen), beside: () => (isChange(chosen) ? [chosen] : []) };
    }
    default: {
      const { type: _type, ...changes } = action;
      return planUpdate({ ...loaded, ...editFacts(changes, loaded), since }, { ...input, changes }, by, { from });
    }
  }
}

const unmoved = (loaded: LoadedForActions, by: By, from: TicketRow) => ({
  ...{ before: from, after: from, facts: factsOf(loaded) as TicketFacts, cause: causeOf(by.authority) },
  ...{ slaCause: 'fields' as const, sla: { config: loaded.slaConfig, state: loaded.slaState } },
});

/** Into the trash or out of it, and with the ticket those that were merged into it. */
function planTrash(type: 'delete' | 'restore', loaded: LoadedForActions, by: By, from: TicketRow): ActionEdit {
  const permit = permitTicket(by.authority, `ticket.${type}`, factsOf(loaded));
  requireEditable(from, null);
  if (type === 'restore') requireDeleted(from);
  const { goneStatuses, goneMembers } = loaded;
  const statuses = { goneStatuses, goneMembers, defaults: moveFacts(undefined, loaded).defaults };
  const moved = (row: TicketRow) => (type === 'restore' ? restoration(row, statuses) : deletion(by.now));
  const { set, status = from.status, holds = [], action } = moved(from);
  const sla = { config: loaded.slaConfig, state: null };
  return {
    ...unmoved(loaded, by, from),
    ...{ permit, holds, action, after: { ...from, status, ticket: { ...from.ticket, ...set } } },
    beside: (cause) =>
      loaded.sources.map((before) => ({
        ...rowChange({ ...moved(before), permit, before, cause, sla }, by),
        audit: null,
      })),
  };
}
