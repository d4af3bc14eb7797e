import { sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketSubscriptions } from '#schema/index.ts';
import type { SUBSCRIPTION_SOURCES, ValueOf } from '#schema/values.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

/** A person with a login, or a contact; never both. */
export type Subject = { principalId: Id<'prin'> } | { contactId: Id<'contact'> };

type Follower = Subject & { source: Exclude<ValueOf<typeof SUBSCRIPTION_SOURCES>, 'manual'> };

/**
 * Lets people follow a ticket because of what they do there. Who chose otherwise is left alone; `revive`, for people
 * only, brings back who had unsubscribed and not muted.
 */
export function subscribe(
  ticketId: Id<'tkt'>,
  followers: readonly Follower[],
  now: Date,
  { revive = false } = {},
): Statement[] {
  if (followers.length === 0) return [];
  const rows = followers.map((follower) => ({ ticketId, ...follower, createdAt: now, updatedAt: now }));
  return [
    revive
      ? overRows({ name: 'revive', rank: 2 }, rows, (all) => reviving(all, now))
      : overRows({ name: 'follow', rank: 3 }, rows, (all) => statement(insert(all).onConflictDoNothing())),
  ];
}

type Row = typeof ticketSubscriptions.$inferInsert;

const insert = (rows: readonly Row[]) => qb.insert(ticketSubscriptions).values([...rows]);

const reviving = (rows: readonly Row[], now: Date): Statement =>
  statement(
    insert(rows).onConflictDoUpdate({
      target: [ticketSubscriptions.ticketId, ticketSubscriptions.principalId],
      set: { unsubscribedAt: null, updatedAt: now },
      setWhere: sql`${ticketSubscriptions.unsubscribedAt} is not null and ${ticketSubscriptions.mutedAt} is null`,
    }),
  );

/** Ends a subscription that nothing carries any more; the row stays, so that the choice is remembered. */
export const unsubscribe = (ticketId: Id<'tkt'>, subject: Subject, now: Date): Statement =>
  statement(
    qb
      .update(ticketSubscriptions)
      .set({ unsubscribedAt: now, updatedAt: now })
      .where(
        sql`${ticketSubscriptions.ticketId} = ${sql.param(ticketId, ticketSubscriptions.ticketId)} and ${
          'principalId' in subject
            ? sql`${ticketSubscriptions.principalId} = ${sql.param(subject.principalId, ticketSubscriptions.principalId)}`
            : sql`${ticketSubscriptions.contactId} = ${sql.param(subject.contactId, ticketSubscriptions.contactId)}`
        } and ${ticketSubscriptions.unsubscribedAt} is null`,
      ),
  );
