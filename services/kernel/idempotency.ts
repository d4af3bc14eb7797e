import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { rows, run, type Statement } from './query.ts';

/** An answer as it went out, and as a replay sends it again. */
export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | null;
  requestId: string;
}

/** A request that carries an `Idempotency-Key` (IETF draft; behaves as Stripe's). */
export interface IdempotentRequest {
  key: string;
  operation: string;
  /** SHA-256 of method, path, query and body as parsed. */
  requestHash: Uint8Array;
  /** What a repeat of a key whose answer was a secret shown once gets. */
  onReplay: 'answer' | 'conflict';
}

interface KeyRow extends Record<string, unknown> {
  operation: string;
  same: boolean;
  status: number;
  headers: Record<string, string>;
  body: string | null;
  on_replay: 'answer' | 'conflict';
  request_id: string;
}

const hex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`;

/**
 * Reads the kept answer in the load; a credential that does not count is refused before it is looked at. It belongs to the
 * service principal of an API key, which survives the rotation of its secret.
 */
export const keptAnswerQuery = (callerId: SQL, request: IdempotentRequest, now: Date): Statement<KeyRow[]> =>
  rows<KeyRow>(sql`select operation, request_hash = ${hex(request.requestHash)}::bytea as same, status, headers, body, on_replay, request_id
    from idempotency_keys where caller = public.to_typeid('prin', ${callerId}) and key = ${request.key} and expires_at > ${now}`);

/** @throws ServiceError idempotency_mismatch for another request under the same key; conflict for a secret shown once. */
export function replayOf(kept: readonly KeyRow[], request: IdempotentRequest): StoredAnswer | undefined {
  const [row] = kept;
  if (row === undefined) return undefined;
  if (!row.same || row.operation !== request.operation) {
    throw mismatch();
  }
  if (row.on_replay === 'conflict') {
    throw new ServiceError('conflict', 'The answer held a secret that is shown once.', {
      reason: 'secret_not_replayed',
    });
  }
  return { status: row.status, headers: row.headers, body: row.body, requestId: row.request_id };
}

/**
 * Takes the key in the commit, before the writes: a twin that holds it raises 40001 at once instead of waiting, and the
 * row lives or dies with the change.
 */
export function takeKey(caller: string, request: IdempotentRequest, answer: StoredAnswer, now: Date): Statement[] {
  const lock = `${caller}\u001f${request.key}`;
  return [
    run(
      sql`select public.require_rows(pg_try_advisory_xact_lock(hashtextextended(${lock}, 0))::int, 1::bigint, 'idempotency_in_flight')`,
    ),
    run(sql`with w as (
      insert into idempotency_keys (caller, key, operation, request_hash, status, headers, body, on_replay, request_id, created_at, expires_at)
      values (${caller}, ${request.key}, ${request.operation}, ${hex(request.requestHash)}::bytea, ${answer.status},
        ${JSON.stringify(answer.headers)}::jsonb, ${answer.body}, ${request.onReplay}, ${answer.requestId}, ${now}::timestamptz, ${now}::timestamptz + interval '24 hours')
      on conflict (caller, key) do update set operation = excluded.operation, request_hash = excluded.request_hash, status = excluded.status,
        headers = excluded.headers, body = excluded.body, on_replay = excluded.on_replay, request_id = excluded.request_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at
        where idempotency_keys.expires_at <= excluded.created_at
      returning 1)
      select public.require_rows((select count(*) from w), 1::bigint, 'idempotency_in_flight')`),
  ];
}

export const mismatch = (): ServiceError =>
  new ServiceError('idempotency_mismatch', 'This Idempotency-Key was used for another request.');

/** Told from other contention by the message of `require_rows`. */
export const isInFlight = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('idempotency_in_flight');

export const inFlight = (): ServiceError =>
  new ServiceError('idempotency_in_flight', 'A request with this Idempotency-Key is still running.', {
    retryAfterSeconds: 1,
  });
