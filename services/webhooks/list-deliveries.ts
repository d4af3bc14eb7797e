import { type SQL, sql } from 'drizzle-orm';
import type { Delivery } from '#schema/api/webhooks.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { DELIVERY_STATES, ValueOf } from '#schema/values.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { rows } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';

/** Rounds of ten attempts and their losses; older ones are found by the delivery itself. */
const MOST_ATTEMPTS_SHOWN = 30;

export interface ListDeliveriesInput {
  webhookId: Id<'whk'>;
  state: ValueOf<typeof DELIVERY_STATES> | undefined;
  limit: number;
  cursor: string | undefined;
}

type AttemptRow = Omit<Delivery['attempts'][number], 'startedAt' | 'nextAttemptAt'> & {
  startedAt: string;
  nextAttemptAt: string | null;
};

type DeliveryRow = {
  id: string;
  event_id: string;
  type: string;
  position: number | null;
  state: Delivery['state'];
  reason: string | null;
  round: number;
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
  attempts: AttemptRow[];
};

/** The delivery log of an endpoint, the newest first, each with its attempts and what was answered. */
export const listDeliveries = defineRead({
  name: 'listDeliveries',
  permission: 'webhook.view',
  load: (input: ListDeliveriesInput, { keys }) => ({
    webhook: rows<{ id: string }>(
      sql`select id from webhooks where id = ${idToUuid(input.webhookId)}::uuid and deleted_at is null`,
    ),
    found: rows<DeliveryRow>(sql`
select d.id, d.event_id, e.type, d.position::float8, d.state, d.reason, d.round, case when isfinite(d.next_attempt_at) then d.next_attempt_at end as next_attempt_at,
  d.created_at, d.ended_at,
  (select coalesce(jsonb_agg(jsonb_build_object('round', a.round, 'attempt', a.attempt, 'outcome', a.outcome, 'httpStatus', a.http_status,
      'latencyMs', a.latency_ms, 'requestBytes', a.request_bytes, 'responseBody', a.response_body, 'retryAfterSeconds', a.retry_after_seconds,
      'startedAt', a.started_at, 'nextAttemptAt', a.next_attempt_at) order by a.round desc, a.attempt desc), '[]')
    from (select * from webhook_deliveries w where w.delivery_id = d.id order by w.round desc, w.attempt desc limit ${MOST_ATTEMPTS_SHOWN}) a) as attempts
from deliveries d join events e on e.id = d.event_id
where d.target_id = ${idToUuid(input.webhookId)}::uuid ${input.state === undefined ? sql`` : sql`and d.state = ${input.state}`} ${after(keys, input)}
order by d.created_at desc, d.id desc limit ${input.limit + 1}`),
  }),
  decide({ webhook, found }, input, { authority, keys }) {
    const permit = permitWorkspace(authority, 'webhook.view', { view: 'webhook.view', single: true });
    if (webhook.length === 0) throw notFound();
    const cursor = (row: DeliveryRow) =>
      writeCursor(keys, placeOf(input), [Date.parse(row.created_at), uuidToId('dlv', row.id)]);
    return unchanged<{ data: Delivery[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, deliveryView, cursor),
    );
  },
});

const instant = (text: string): string => new Date(text).toISOString();
const instantOrNull = (text: string | null): string | null => (text === null ? null : instant(text));

const deliveryView = (row: DeliveryRow): Delivery => ({
  id: uuidToId('dlv', row.id),
  eventId: uuidToId('evt', row.event_id),
  type: row.type,
  position: row.position,
  state: row.state,
  reason: row.reason,
  round: row.round,
  attempts: row.attempts.map((each) => ({
    ...each,
    startedAt: instant(each.startedAt),
    nextAttemptAt: instantOrNull(each.nextAttemptAt),
  })),
  nextAttemptAt: instantOrNull(row.next_attempt_at),
  createdAt: instant(row.created_at),
  endedAt: instantOrNull(row.ended_at),
});

const placeOf = ({ webhookId, state }: ListDeliveriesInput): CursorPlace => ({
  operation: 'listDeliveries',
  sort: '-created',
  filter: { webhookId, state: state ?? null },
});

function after(keys: KeyRing, input: ListDeliveriesInput): SQL {
  if (input.cursor === undefined) return sql``;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`and (d.created_at, d.id) < (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
}
