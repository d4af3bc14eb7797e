import { eq } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { teamMemberships } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketArm } from '#services/access/can.ts';
import { nothing, qb, statement } from '#services/kernel/query.ts';

/** The teams of somebody who is to be assigned. */
export const membershipQuery = (principalId: Id<'prin'> | null | undefined) =>
  statement(
    qb
      .select({ teamId: teamMemberships.teamId })
      .from(teamMemberships)
      .where(
        principalId === null || principalId === undefined ? nothing : eq(teamMemberships.principalId, principalId),
      ),
  );

/**
 * Whoever is assigned must see the ticket as it will be, and belong to its assignee team.
 * @throws ServiceError unprocessable `assignee_cannot_view`, `assignee_not_in_team`.
 */
export function assertAssignable(
  assignee: Authority | undefined,
  ticket: TicketFacts,
  teams: readonly { teamId: Id<'team'> }[],
): asserts assignee is Authority {
  if (assignee === undefined || ticketArm(assignee, ticket) === undefined) {
    throw new ServiceError('unprocessable', 'The assignee must be an active member who may see this ticket.', {
      reason: 'assignee_cannot_view',
    });
  }
  if (ticket.assigneeTeamId !== null && !teams.some(({ teamId }) => teamId === ticket.assigneeTeamId)) {
    throw new ServiceError('unprocessable', 'The assignee is not in the assignee team.', {
      reason: 'assignee_not_in_team',
    });
  }
}
