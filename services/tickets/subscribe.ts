import { sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketSubscriptions } from '#schema/index.ts';
import type { SUBSCRIPTION_SOURCES, ValueOf } from '#schema/values.ts';
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
  const insert = qb
    .insert(ticketSubscriptions)
    .values(followers.map((follower) => ({ ticketId, ...follower, createdAt: now, updatedAt: now })));
  if (!revive) return [statement(insert.onConflictDoNothing())];
  return [
    statement(
      insert.onConflictDoUpdate({
        target: [ticketSubscriptions.ticketId, ticketSubscriptions.principalId],
        set: { unsubscribedAt: null, updatedAt: now },
        setWhere: sql`${ticketSubscriptions.unsubscribedAt} is not null and ${ticketSubscriptions.mutedAt} is null`,
      }),
    ),
  ];
}

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
