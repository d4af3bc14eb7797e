import type { DELIVERY_OUTCOMES, ValueOf } from '#schema/values.ts';
import type { CallResult } from '#services/outbound/call-out.ts';
import type { Claimed } from './claim-deliveries.ts';
import { delayAfter, readRetryAfter } from './schedule.ts';

export type Outcome = ValueOf<typeof DELIVERY_OUTCOMES>;

/** What becomes of a claimed delivery: the row of its attempt, and the state it is left in. */
export interface Settled {
  id: string;
  target: string;
  lease: string;
  state: 'delivered' | 'retry' | 'dead';
  reason: string | null;
  round: number;
  attempt: number;
  /** Null when nothing was sent and the attempt does not count. */
  outcome: Outcome | null;
  status: number | null;
  latency_ms: number | null;
  retry_after_seconds: number | null;
  started_at: string | null;
  ended_at: string;
  next_attempt_at: string | null;
}

/** The outcome of one attempt and what follows from it. Pure: `random` is uniform in [0, 1). */
export function settleAttempt(claimed: Claimed, result: CallResult, random: number): Settled {
  const outcome = outcomeOf(result);
  const status = 'status' in result ? result.status : null;
  const asked =
    result.kind === 'answered'
      ? readRetryAfter(result.status, result.headers.get('retry-after'), result.endedAt)
      : null;
  const delay = delayAfter(claimed.attempt, random, asked);
  const ends = endingOf(result, outcome, delay);
  return {
    id: claimed.id,
    target: claimed.target_id,
    lease: claimed.lease_token,
    state: ends?.state ?? 'retry',
    reason: ends?.reason ?? null,
    round: claimed.round,
    attempt: claimed.attempt,
    outcome,
    status,
    latency_ms: Math.max(0, Math.round(result.endedAt - result.startedAt)),
    retry_after_seconds: asked,
    started_at: new Date(result.startedAt).toISOString(),
    ended_at: new Date(result.endedAt).toISOString(),
    next_attempt_at: ends === undefined && delay !== undefined ? new Date(result.endedAt + delay).toISOString() : null,
  };
}

/** Nothing was sent: the delivery goes back as it was, due at once. */
export const releaseClaim = (claimed: Claimed, now: number): Settled => ({
  id: claimed.id,
  target: claimed.target_id,
  lease: claimed.lease_token,
  state: 'retry',
  reason: null,
  round: claimed.round,
  attempt: claimed.attempt,
  outcome: null,
  status: null,
  latency_ms: null,
  retry_after_seconds: null,
  started_at: null,
  ended_at: new Date(now).toISOString(),
  next_attempt_at: new Date(now).toISOString(),
});

function endingOf(
  result: CallResult,
  outcome: Outcome,
  delay: number | undefined,
): { state: 'delivered' | 'dead'; reason: string | null } | undefined {
  if (outcome === 'delivered') return { state: 'delivered', reason: null };
  if (outcome === 'gone') return { state: 'dead', reason: 'gone' };
  if (result.kind === 'refused') return { state: 'dead', reason: 'url_refused' };
  return delay === undefined ? { state: 'dead', reason: 'exhausted' } : undefined;
}

function outcomeOf(result: CallResult): Outcome {
  if (result.kind === 'refused') return 'blocked';
  if (result.kind !== 'answered') return result.kind;
  const { status } = result;
  if (status >= 200 && status < 300) return 'delivered';
  if (status >= 300 && status < 400) return 'redirect';
  return status === 410 ? 'gone' : 'http_error';
}
