import { uuidToId } from '#schema/ids.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { again, type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { atMostSix, type Outbound } from '#services/outbound/outbound.ts';
import { type Claimed, claimDeliveries, type Lane } from './claim-deliveries.ts';
import { LEASE_SECONDS, LONGEST_DELAYED_SECONDS } from './delivery-rules.ts';
import { endWebhook } from './end-webhook.ts';
import { type BodyDue, keepBodies } from './keep-bodies.ts';
import { type Attempted, recordAttempts, type Touched } from './record-attempts.ts';
import { renderBody } from './render-body.ts';
import { reportFailing } from './report-failing.ts';
import { sendDelivery } from './send-delivery.ts';
import { releaseClaim } from './settle-attempt.ts';

/** A batch begins no request later than this; the platform would end it in the middle. */
const LAST_START_SECONDS = 90;

/** What is left of the lease when a request has used up its timeout, to record it. */
const RECORD_SECONDS = 5;

/**
 * Sends what is due in a lane, at most one delivery per permit: claim, six posts at a time, record; two round trips, and
 * one more where bodies were not rendered yet. A run killed anywhere sends again under the same `webhook-id`.
 * @throws AggregateError of deliveries that could not be made ready, after the others were recorded.
 */
export async function deliverDue(kernel: Kernel, outbound: Outbound, lane: Lane, permits: number): Promise<void> {
  const claimed = await claimDeliveries(kernel, lane, permits);
  if (claimed.length === 0) return;
  await keepBodies(kernel, claimed.flatMap(bodyDue));
  const failures: unknown[] = [];
  const attempts = await atMostSix(claimed, async (delivery) => {
    if (isLate(delivery, outbound.now() - kernel.now.getTime())) return released(delivery, outbound.now());
    return attempt(kernel, outbound, delivery, failures);
  });
  await record(
    kernel,
    outbound,
    attempts.filter((each) => each !== undefined),
  );
  if (failures.length > 0) throw new AggregateError(failures, 'deliveries that could not be made ready');
}

async function record(kernel: Kernel, outbound: Outbound, attempts: readonly Attempted[]): Promise<void> {
  if (attempts.length === 0) return;
  // What was sent cannot be taken back: in the way of others, it is recorded again.
  const recorded = await again(kernel, { name: 'recordAttempts' }, async () => ({
    kind: 'done',
    output: await recordAttempts(kernel, attempts, new Date(outbound.now()), fraction(kernel)),
  }));
  const touched = recorded.kind === 'done' ? recorded.output : [];
  const wakes = wakesAfter(attempts, touched, outbound.now());
  if (wakes.length > 0) await kernel.waker.wake(wakes);
  await tellOfFailing(kernel, attempts, touched);
}

/** A delivery that cannot be made ready is left to its lease, and harms no other of the batch. */
async function attempt(
  kernel: Kernel,
  outbound: Outbound,
  delivery: Claimed,
  failures: unknown[],
): Promise<Attempted | undefined> {
  try {
    const [due] = bodyDue(delivery);
    const body = due === undefined ? delivery.body : renderBody(due.event, due, kernel.publicOrigin);
    if (body === null) throw new TypeError('a delivery without body and event');
    return await sendDelivery({ outbound, keys: kernel.keys }, delivery, body, fraction(kernel));
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}

const bodyDue = ({ body, event, payload_version, audience, style }: Claimed): BodyDue[] =>
  body !== null || event === null ? [] : [{ event, payloadVersion: payload_version, audience, style }];

/** A request ends within the lease of its claim, or another would send the same beside it. */
const isLate = ({ timeout_seconds }: Claimed, passedMs: number): boolean =>
  passedMs > Math.min(LAST_START_SECONDS, LEASE_SECONDS - RECORD_SECONDS - timeout_seconds) * 1000;

const released = (delivery: Claimed, now: number): Attempted => ({
  ...releaseClaim(delivery, now),
  request_bytes: null,
  url_host: null,
  response_headers: null,
  response_body: null,
});

/** Permits for what is due now, and delayed ones for retries that come before the tick would be precise enough. */
function wakesAfter(attempts: readonly Attempted[], touched: readonly Touched[], now: number): Wake[] {
  return touched.flatMap(({ target_id, slow, breaker_until, due_ids }) => {
    const queue = slow ? 'webhooks-slow' : 'webhooks';
    const rest = breaker_until === null ? 0 : Date.parse(breaker_until);
    const delayed = attempts
      .filter((each) => each.target === target_id && each.next_attempt_at !== null)
      .map((each) => ({
        id: uuidToId('dlv', each.id),
        delaySeconds: Math.ceil((Math.max(Date.parse(each.next_attempt_at ?? ''), rest) - now) / 1000),
      }))
      .filter(({ delaySeconds }) => delaySeconds <= LONGEST_DELAYED_SECONDS);
    return [
      ...due_ids.map((id): Wake => ({ queue, message: { kind: 'delivery', id } })),
      ...delayed.map(
        ({ id, delaySeconds }): Wake => ({
          queue,
          message: { kind: 'delivery', id },
          delaySeconds: Math.max(0, delaySeconds),
        }),
      ),
    ];
  });
}

async function tellOfFailing(
  kernel: Kernel,
  attempts: readonly Attempted[],
  touched: readonly Touched[],
): Promise<void> {
  const gone = new Set(attempts.filter((each) => each.outcome === 'gone').map((each) => each.target));
  for (const { target_id, hopeless, notice_hours } of touched) {
    const webhookId = uuidToId('whk', target_id);
    const reason = gone.has(target_id) ? 'gone' : hopeless ? 'failing' : undefined;
    if (reason !== undefined) await runSystemVerb(kernel, endWebhook, { webhookId, reason }, systemActor());
    else if (notice_hours !== null)
      await runSystemVerb(kernel, reportFailing, { webhookId, hours: notice_hours }, systemActor());
  }
}

const fraction = (kernel: Kernel): number => (kernel.random(new Uint8Array(1))[0] ?? 0) / 256;
