import { and, eq, isNull } from 'drizzle-orm';
import type { Share } from '#schema/api/ticket-people.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { teams, ticketShares } from '#schema/index.ts';
import type { SHARE_LEVELS, ValueOf } from '#schema/values.ts';
import { holdRow } from '#services/access/hold.ts';
import { permitTicket } from '#services/access/permit.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { unchanged } from '#services/kernel/change.ts';
import { guard, qb, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { touchTicket } from '#services/tickets/touch-ticket.ts';
import { type ShareRow, shareActivity, shareEvent, sharesOf, shareView } from './share-queries.ts';

export interface PutShareInput {
  ticketId: Id<'tkt'>;
  teamId: Id<'team'>;
  level: ValueOf<typeof SHARE_LEVELS>;
}

const MOST_SHARES = 20;

/**
 * Shares a ticket with another team at a level, or changes that level.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, unprocessable `unknown_reference`,
 *   `team_archived`, `team_already_has_access`, `limit_reached`.
 */
export const putShare = defineVerb({
  name: 'putShare',
  permission: 'ticket.share_cross_team',
  load: ({ ticketId, teamId }: PutShareInput) => ({
    ...ticketById(ticketId),
    given: sharesOf(ticketId),
    team: statement(qb.select().from(teams).where(eq(teams.id, teamId))),
  }),
  decide(loaded, { teamId, level }, by) {
    const permit = permitTicket(by.authority, 'ticket.share_cross_team', factsOf(loaded));
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    const [team] = loaded.team;
    if (team === undefined) throw unknownReference('/teamId');
    if (team.archivedAt !== null) throw unfit('team_archived', 'This team is archived.');
    const live = loaded.given.filter(({ revokedAt }) => revokedAt === null);
    const present = live.find((share) => share.teamId === teamId);
    const answer = (row: ShareRow): { created: boolean; ticketId: Id<'tkt'>; share: Share } => ({
      ticketId: row.ticketId,
      created: present === undefined,
      share: shareView(row),
    });
    if (present?.level === level) return unchanged(permit, answer(present));
    if (present === undefined && [before.ticket.primaryTeamId, before.ticket.assigneeTeamId].includes(teamId))
      throw unfit('team_already_has_access', 'The ticket belongs to this team.');
    if (present === undefined && live.length >= MOST_SHARES)
      throw unfit('limit_reached', `A ticket is shared with at most ${MOST_SHARES} teams.`);
    const { actorKind, actorId, actorLabel } = actorOf(by.authority);
    const after: ShareRow =
      present === undefined
        ? {
            id: newId(by.ids, 'tshare'),
            ticketId: before.ticket.id,
            teamId,
            level,
            actorKind,
            actorId,
            actorLabel,
            createdAt: by.now,
            revokedAt: null,
          }
        : { ...present, level };
    const change = { teamId, before: present?.level ?? null, after: level };
    return touchTicket({
      permit,
      before,
      holds: [holdRow('teams', team)],
      writes: [present === undefined ? statement(qb.insert(ticketShares).values(after)) : changeLevel(after)],
      activity: shareActivity(before, change, causeOf(by.authority)),
      events: (reference) => [shareEvent(reference, change)],
      action: 'ticket.shared',
      by,
      answer: answer(after),
    });
  },
});

const unfit = (reason: 'team_archived' | 'team_already_has_access' | 'limit_reached', detail: string): ServiceError =>
  new ServiceError('unprocessable', detail, { reason });

const changeLevel = ({ id, ticketId, level }: ShareRow) =>
  guard(
    qb
      .update(ticketShares)
      .set({ level })
      .where(and(eq(ticketShares.id, id), eq(ticketShares.ticketId, ticketId), isNull(ticketShares.revokedAt)))
      .getSQL(),
    1,
    'share',
  );
