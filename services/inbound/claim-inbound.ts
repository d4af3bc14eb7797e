import { and, eq, lte, or, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { inboundDeliveries } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

/** Longer than any run: reading 25 MiB, parsing and three tries of a commit. */
const LEASE_MS = 120_000;

export type InboundRow = typeof inboundDeliveries.$inferSelect;

/** Which delivery, and the token under which this run holds it. */
export interface InboundClaim {
  id: Id<'inbd'>;
  leaseToken: string;
}

/**
 * Takes one delivery for this run, part of its load: `undefined` when it is settled, not yet due, or held by another run.
 * A reload after a lost guard finds it held by the same token and counts no further attempt.
 */
export function claimInbound(
  source: InboundRow['source'],
  { id, leaseToken }: InboundClaim,
  now: Date,
): Statement<InboundRow | undefined> {
  const t = inboundDeliveries;
  const leaseUntil = new Date(now.getTime() + LEASE_MS);
  const ours = and(eq(t.state, 'processing'), eq(t.leaseToken, leaseToken));
  const due = and(sql`${t.state} in ('retry', 'processing')`, lte(t.nextAttemptAt, now));
  const claimed = statement(
    qb
      .update(t)
      .set({
        state: 'processing',
        attempts: sql`${t.attempts} + case when ${t.leaseToken} = ${leaseToken} then 0 else 1 end`,
        leaseToken,
        leaseUntil,
        nextAttemptAt: leaseUntil,
        updatedAt: now,
      })
      .where(and(eq(t.id, id), eq(t.source, source), or(eq(t.state, 'received'), due, ours)))
      .returning(),
  ) as Statement<InboundRow[]>;
  return { ...claimed, read: (result) => claimed.read(result)[0] };
}
