import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { principal } from '#schema/index.ts';
import { holdMember } from '#services/access/hold.ts';
import { permitTicket } from '#services/access/permit.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from './changed-since.ts';
import { causeOf, editTicket, requireEditable, type TicketEditInput } from './edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from './ticket-queries.ts';

/**
 * Assigns a free ticket to the person behind the credential; one's own stays as it is.
 * @throws ServiceError not_found, forbidden, stale_version, conflict `ticket_merged`, `already_assigned`, unprocessable
 *   `assignee_not_in_team`.
 */
export const takeTicket = defineVerb({
  name: 'takeTicket',
  permission: 'ticket.assign_self',

  load: ({ ticketId, ifMatch }: TicketEditInput, { auth }) => ({
    ...ticketById(ticketId),
    since: changedSinceQuery(ticketId, ifMatch),
    taker: statementWith<{ name: string }[]>(
      auth,
      qb
        .select({ name: principal.displayName })
        .from(principal)
        .where(sql`${principal.id} = (select holder_id from auth)`),
    ),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, { ifMatch }, by) {
    const { holderId, myTeams } = by.authority;
    const facts = factsOf(loaded);
    const permit = permitTicket(by.authority, 'ticket.assign_self', facts);
    const before = loaded.ticket as TicketRow;
    requireEditable(before, ifMatch, loaded.since, by.authority);
    const { assigneePrincipalId, assigneeTeamId } = before.ticket;
    if (assigneePrincipalId !== null && assigneePrincipalId !== holderId) {
      throw new ServiceError('conflict', 'Somebody else has taken this ticket.', {
        reason: 'already_assigned',
        extra: { assignee: { principalId: assigneePrincipalId, name: before.assigneeName ?? '' } },
      });
    }
    if (assigneePrincipalId === null && assigneeTeamId !== null && !myTeams.includes(assigneeTeamId)) {
      throw new ServiceError('unprocessable', 'You are not in the team that this ticket is assigned to.', {
        reason: 'assignee_not_in_team',
      });
    }
    return editTicket({
      permit,
      before,
      after: {
        ...before,
        ticket: { ...before.ticket, assigneePrincipalId: holderId },
        assigneeName: loaded.taker[0]?.name ?? null,
      },
      facts: facts as NonNullable<typeof facts>,
      cause: causeOf(by.authority),
      slaCause: 'fields',
      sla: { config: loaded.slaConfig, state: loaded.slaState },
      holds: [holdMember(holderId)],
      action: 'ticket.assigned',
      by,
    });
  },
});
