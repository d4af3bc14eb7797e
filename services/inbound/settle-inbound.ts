import { and, eq, type SQL } from 'drizzle-orm';
import { inboundDeliveries } from '#schema/index.ts';
import type { SYNC_OUTCOMES } from '#schema/tables/integration-values.ts';
import type { ValueOf } from '#schema/values.ts';
import { guard, qb, type Statement } from '#services/kernel/query.ts';
import type { InboundClaim } from './claim-inbound.ts';

/** How a run ended for its delivery. */
export interface InboundVerdict {
  state: 'done' | 'ignored' | 'retry' | 'dead';
  outcome: ValueOf<typeof SYNC_OUTCOMES>;
  reason?: string;
  result?: Record<string, unknown>;
  /** For `retry`. */
  nextAttemptAt?: Date;
}

/** Writes the verdict under this run's lease; a lease lost meanwhile rolls back the whole commit. */
export const settleInbound = ({ id, leaseToken }: InboundClaim, verdict: InboundVerdict, now: Date): Statement<null> =>
  guard(
    qb
      .update(inboundDeliveries)
      .set({
        state: verdict.state,
        outcome: verdict.outcome,
        reason: verdict.reason ?? null,
        result: verdict.result ?? null,
        leaseToken: null,
        leaseUntil: null,
        processedAt: verdict.state === 'retry' ? null : now,
        updatedAt: now,
        ...(verdict.nextAttemptAt === undefined ? {} : { nextAttemptAt: verdict.nextAttemptAt }),
      })
      .where(and(eq(inboundDeliveries.id, id), eq(inboundDeliveries.leaseToken, leaseToken)) as SQL)
      .getSQL(),
    1,
    'inbound delivery',
  );
