import { eq } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { teamMemberships, teams, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdMember } from '#services/access/hold.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { permitTicket, requireWithinLimits } from '#services/access/permit.ts';
import { nothing, qb, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { type Deciding, defineVerb, type Loaded, type Loading } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { assertAssignable, membershipQuery } from './assignee.ts';
import { changedSinceQuery } from './changed-since.ts';
import { causeOf, editTicket, requireEditable, type TicketEdit, type TicketEditInput } from './edit-ticket.ts';
import { factsOf, factsOfRow, one, type TicketRow, ticketById } from './ticket-queries.ts';

export interface AssignTicketInput extends TicketEditInput {
  /** Absent keeps, null clears. */
  assigneePrincipalId: Id<'prin'> | null | undefined;
  assigneeTeamId: Id<'team'> | null | undefined;
}

const load = ({ ticketId, assigneePrincipalId, assigneeTeamId, ifMatch }: AssignTicketInput, { now }: Loading) => ({
  ...ticketById(ticketId),
  since: changedSinceQuery(ticketId, ifMatch),
  team: one(
    statement(
      qb
        .select()
        .from(teams)
        .where(assigneeTeamId ? eq(teams.id, assigneeTeamId) : nothing),
    ),
  ),
  assignee: memberAuthorityQuery(assigneePrincipalId, now),
  newTeams: membershipQuery(assigneePrincipalId),
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

/** The assignment as an edit; `from` is the row that other edits of the same commit have left. @throws as `assignTicket`. */
export function planAssignment(
  loaded: Loaded<ReturnType<typeof load>>,
  input: AssignTicketInput,
  by: Deciding & { authority: Authority },
  from?: TicketRow,
): TicketEdit {
  const facts = factsOf(loaded);
  const { assigneePrincipalId: person, assigneeTeamId: team } = input;
  const holder = from?.ticket.assigneePrincipalId ?? facts?.assigneePrincipalId ?? null;
  const { me } = by.authority;
  // Whoever takes a ticket over takes it from somebody.
  const concerned = [holder, person ?? holder].filter((id) => id !== null);
  const self = team === undefined && concerned.length > 0 && concerned.every((id) => me.includes(id));
  const permit = permitTicket(
    by.authority,
    self ? 'ticket.assign_self' : 'ticket.assign_any',
    facts,
    team === undefined ? 'full' : 'own',
  );
  const before = from ?? (loaded.ticket as TicketRow);
  requireEditable(before, input.ifMatch, loaded.since, by.authority);
  if (team && loaded.team === undefined) throw unknownReference('/assigneeTeamId');
  if (loaded.team?.archivedAt)
    throw new ServiceError('unprocessable', 'This team is archived.', { reason: 'team_archived' });
  const assigneeTeamId = team === undefined ? before.ticket.assigneeTeamId : team;
  const teamMoved = assigneeTeamId !== before.ticket.assigneeTeamId;
  const stays =
    !teamMoved || assigneeTeamId === null || loaded.presentTeams.some(({ teamId }) => teamId === assigneeTeamId);
  const kept = stays ? before.ticket.assigneePrincipalId : null;
  const assigneePrincipalId = person === undefined ? kept : person;
  const after: TicketRow = {
    ...before,
    ticket: { ...before.ticket, assigneeTeamId, assigneePrincipalId },
    assigneeName: person ? (loaded.assignee?.label ?? null) : assigneePrincipalId === null ? null : before.assigneeName,
  };
  if (teamMoved) requireWithinLimits(by.authority, 'ticket.assign_any', factsOfRow(after.ticket));
  if (person) assertAssignable(loaded.assignee, factsOfRow(after.ticket, loaded.shares), loaded.newTeams);
  return {
    permit,
    before,
    after,
    facts: facts as NonNullable<typeof facts>,
    cause: causeOf(by.authority),
    slaCause: 'fields',
    sla: { config: loaded.slaConfig, state: loaded.slaState },
    holds: person ? [holdMember(person)] : [],
    action: 'ticket.assigned',
  };
}

/**
 * Assigns person, team or both. A new team is placement, and drops a person who is not in it.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, stale_version, unprocessable
 *   `unknown_reference`, `team_archived`, `assignee_cannot_view`, `assignee_not_in_team`.
 */
export const assignTicket = defineVerb({
  name: 'assignTicket',
  permission: ['ticket.assign_any', 'ticket.assign_self'],
  load,
  decide: (loaded, input: AssignTicketInput, by) => editTicket({ ...planAssignment(loaded, input, by), by }),
});
