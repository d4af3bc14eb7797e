import { and, eq, isNull, sql } from 'drizzle-orm';
import type { AccessResource } from '#schema/api/access.ts';
import type { Id } from '#schema/ids.ts';
import { inboxes, teams, ticketParticipants, ticketShares, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAtInbox, holdsAtTeam, type TicketFacts, ticketArm } from '#services/access/can.ts';
import { notFound } from '#services/access/permit.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { factsOfRow } from '#services/tickets/ticket-queries.ts';

/** A ticket's facts with the ids of its live shares, to name the one that opens it. */
export interface SharedFacts extends TicketFacts {
  shares: readonly (TicketFacts['shares'][number] & { id: Id<'tshare'> })[];
}

/** What access is asked about, as loaded. */
export type Resource =
  | { kind: 'workspace' }
  | { kind: 'team'; id: Id<'team'> }
  | { kind: 'inbox'; id: Id<'inbox'> }
  | { kind: 'ticket'; id: Id<'tkt'>; facts: SharedFacts };

interface LoadedResource {
  ticket: readonly (Parameters<typeof factsOfRow>[0] & { id: Id<'tkt'> })[];
  shares: SharedFacts['shares'];
  participants: readonly { principalId: Id<'prin'> | null }[];
  team: readonly { id: Id<'team'> }[];
  inbox: readonly { id: Id<'inbox'> }[];
}

const nothing = sql`false`;

export function resourceQueries(asked: AccessResource | undefined) {
  const ticketId = asked !== undefined && 'ticketId' in asked ? asked.ticketId : undefined;
  const teamId = asked !== undefined && 'teamId' in asked ? asked.teamId : undefined;
  const inboxId = asked !== undefined && 'inboxId' in asked ? asked.inboxId : undefined;
  return {
    ticket: statement(
      qb
        .select({
          id: tickets.id,
          visibility: tickets.visibility,
          primaryTeamId: tickets.primaryTeamId,
          assigneeTeamId: tickets.assigneeTeamId,
          inboxId: tickets.inboxId,
          assigneePrincipalId: tickets.assigneePrincipalId,
          createdByPrincipalId: tickets.createdByPrincipalId,
        })
        .from(tickets)
        .where(ticketId === undefined ? nothing : and(eq(tickets.id, ticketId), isNull(tickets.deletedAt))),
    ),
    shares: statement(
      qb
        .select({ id: ticketShares.id, teamId: ticketShares.teamId, level: ticketShares.level })
        .from(ticketShares)
        .where(
          ticketId === undefined ? nothing : and(eq(ticketShares.ticketId, ticketId), isNull(ticketShares.revokedAt)),
        ),
    ),
    participants: statement(
      qb
        .select({ principalId: ticketParticipants.principalId })
        .from(ticketParticipants)
        .where(ticketId === undefined ? nothing : eq(ticketParticipants.ticketId, ticketId)),
    ),
    team: statement(
      qb
        .select({ id: teams.id })
        .from(teams)
        .where(teamId === undefined ? nothing : eq(teams.id, teamId)),
    ),
    inbox: statement(
      qb
        .select({ id: inboxes.id })
        .from(inboxes)
        .where(inboxId === undefined ? nothing : eq(inboxes.id, inboxId)),
    ),
  };
}

/** The resource, if the caller sees it. @throws ServiceError not_found, the same for absent and invisible. */
export function seenResource(loaded: LoadedResource, asked: AccessResource | undefined, caller: Authority): Resource {
  if (asked === undefined) return { kind: 'workspace' };
  const [team] = loaded.team;
  if (team !== undefined && holdsAtTeam(caller, 'team.view', team.id)) return { kind: 'team', id: team.id };
  const [inbox] = loaded.inbox;
  if (inbox !== undefined && holdsAtInbox(caller, 'inbox.view', inbox.id)) return { kind: 'inbox', id: inbox.id };
  const [ticket] = loaded.ticket;
  if (ticket === undefined) throw notFound();
  const people = loaded.participants.flatMap(({ principalId }) => principalId ?? []);
  const facts: SharedFacts = { ...factsOfRow(ticket, [], people), shares: loaded.shares };
  if (ticketArm(caller, facts) === undefined) throw notFound();
  return { kind: 'ticket', id: ticket.id, facts };
}
