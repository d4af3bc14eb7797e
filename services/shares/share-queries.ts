import { asc, eq } from 'drizzle-orm';
import type { Share } from '#schema/api/ticket-people.ts';
import type { TicketReference } from '#schema/events/ticket-reference.ts';
import type { Id } from '#schema/ids.ts';
import { ticketShares } from '#schema/index.ts';
import { columnsWithoutLens, type WithoutLens } from '#schema/lens-activity.ts';
import { type ActivityDraft, type EventDraft, event } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Cause } from '#services/tickets/change-ticket.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';

export type ShareRow = WithoutLens<typeof ticketShares.$inferSelect>;

/** Ended ones too, in the order in which they were given. */
export const sharesOf = (ticketId: Id<'tkt'>): Statement<ShareRow[]> =>
  statement(
    qb
      .select(columnsWithoutLens(ticketShares))
      .from(ticketShares)
      .where(eq(ticketShares.ticketId, ticketId))
      .orderBy(asc(ticketShares.createdAt), asc(ticketShares.id)),
  );

export const shareView = (row: ShareRow): Share => ({
  id: row.id,
  teamId: row.teamId,
  level: row.level,
  createdAt: row.createdAt.toISOString(),
});

interface ShareChange {
  teamId: Id<'team'>;
  before: ShareRow['level'] | null;
  after: ShareRow['level'] | null;
}

export const shareEvent = (ticket: TicketReference, { teamId, before, after }: ShareChange): EventDraft =>
  event({
    type: after === null ? 'ticket.unshared' : 'ticket.shared',
    entity: ticket.id,
    audience: 'internal',
    payload: { ticket, teamId, level: after ?? before ?? 'read', previous: before },
  });

export const shareActivity = (
  { ticket }: TicketRow,
  { teamId, before, after }: ShareChange,
  cause: Cause,
): ActivityDraft => ({
  ticketId: ticket.id,
  revision: ticket.revision + 1,
  version: null,
  type: 'share_changed',
  audience: 'internal',
  cause,
  data: {
    changes: [
      {
        field: 'share',
        from: before === null ? null : { teamId, level: before },
        to: after === null ? null : { teamId, level: after },
      },
    ],
  },
});
