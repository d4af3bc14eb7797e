import { and, eq } from 'drizzle-orm';
import { inboundDeliveries } from '#schema/index.ts';
import { type Permit, systemPermit } from '#services/access/permit.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { buryInbound } from './bury-inbound.ts';
import type { InboundClaim } from './claim-inbound.ts';
import { MOST_RETRIES, retryDelayMs } from './retry-delay.ts';
import { settleInbound } from './settle-inbound.ts';

/** Later ones are found by the tick in time, and a message on its way for hours would be one more thing to lose. */
const LONGEST_WAKE_MS = 60_000;

const WAKES = {
  github: (id: string) => ({ queue: 'github', message: { kind: 'github_inbound', id } }) as const,
  mail: (id: string) => ({ queue: 'email', message: { kind: 'mail_inbound', id } }) as const,
} as const;

export interface FailedInbound extends InboundClaim {
  source: keyof typeof WAKES;
  /** A stable code; the log has the rest. */
  reason: string;
}

export type Failure = 'retry' | 'dead' | 'not_ours';

/** Notes a failed attempt: due again later, or dead after the last retry. `not_ours` when the lease went elsewhere. */
export const failInbound = defineSystemVerb({
  name: 'failInbound',
  actor: 'system',
  load: ({ id, leaseToken }: FailedInbound) => ({
    held: statement(
      qb
        .select({ attempts: inboundDeliveries.attempts })
        .from(inboundDeliveries)
        .where(and(eq(inboundDeliveries.id, id), eq(inboundDeliveries.leaseToken, leaseToken))),
    ),
  }),
  decide({ held: [held] }, input, { now, random }) {
    const permit: Permit = systemPermit(input.source === 'github' ? 'github_inbound' : 'mail_inbound');
    if (held === undefined) return unchanged<Failure>(permit, 'not_ours');
    if (held.attempts > MOST_RETRIES) {
      const writes = buryInbound(input.source, input, input.reason, now);
      return change<Failure>({ permit, answer: 'dead', audit: null, writes });
    }
    const fraction = (random(new Uint8Array(1))[0] ?? 0) / 256;
    const delayMs = retryDelayMs(held.attempts, fraction);
    const nextAttemptAt = new Date(now.getTime() + delayMs);
    const wake: Wake = { ...WAKES[input.source](input.id), delaySeconds: Math.ceil(delayMs / 1000) };
    return change<Failure>({
      permit,
      answer: 'retry',
      audit: null,
      writes: [settleInbound(input, { state: 'retry', outcome: 'failed', reason: input.reason, nextAttemptAt }, now)],
      wakes: delayMs <= LONGEST_WAKE_MS ? [wake] : [],
    });
  },
});
