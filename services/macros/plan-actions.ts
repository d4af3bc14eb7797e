import { eq, type SQL } from 'drizzle-orm';
import type { TicketAction } from '#schema/api/bulk.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { teamMemberships, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { attempt } from '#services/kernel/attempt.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { Deciding, Loaded } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { type AssignTicketInput, planAssignment } from '#services/tickets/assign-ticket.ts';
import type { TicketEdit } from '#services/tickets/edit-ticket.ts';
import { planTagging } from '#services/tickets/tag-ticket.ts';
import { type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { planTransition } from '#services/tickets/transition-ticket.ts';
import { planUpdate, type UpdateTicketInput } from '#services/tickets/update-ticket.ts';
import { namedByActions } from './named-by-actions.ts';

/** A ticket, and all that some actions on it may need; `actions` is the JSON of them, or where it stands. */
export const loadForActions = (ticketId: Id<'tkt'>, actions: SQL, now: Date) => ({
  ...ticketById(ticketId),
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

export type LoadedForActions = Loaded<ReturnType<typeof loadForActions>>;
type By = Deciding & { authority: Authority };

export interface PlannedActions {
  edits: TicketEdit[];
  /** The row with all of them. */
  after: TicketRow;
  /** By the place of the action. */
  refusals: { action: number; error: ServiceError }[];
}

/**
 * Several actions as one edit, each by the rule of its own operation and on what the ones before it leave; a move of the
 * status comes last, because solving asks for fields that another action may fill. Rights are those on the ticket as it
 * is: no action gives or takes the right to another.
 */
export function planActions(actions: readonly TicketAction[], loaded: LoadedForActions, by: By): PlannedActions {
  let after = loaded.ticket as TicketRow;
  let { known } = loaded.named;
  const edits: TicketEdit[] = [];
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

const rank = ({ type }: TicketAction): number => (type === 'status' ? 1 : 0);

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

function planAction(action: TicketAction, loaded: LoadedForActions, by: By, from: TicketRow): TicketEdit {
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
      return planTagging({ ...loaded, known: loaded.named.known }, { ...input, add, remove }, by, from);
    }
    default: {
      const { type: _type, ...changes } = action;
      return planUpdate({ ...loaded, ...editFacts(changes, loaded), since }, { ...input, changes }, by, { from });
    }
  }
}
