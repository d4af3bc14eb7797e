import { type SQL, sql } from 'drizzle-orm';

/** How long a claim holds: longer than the longest request and the rest of its batch. */
export const LEASE_SECONDS = 120;

/** Claims of one round that nobody recorded; the third is a dead letter. */
export const MOST_LOST = 3;

/** Longer waits than this get no delayed message; the tick finds them. */
export const LONGEST_DELAYED_SECONDS = 15 * 60;

/** `open`: not ended. The condition of the partial indexes. */
export const open = (row: string): SQL => sql.raw(`${row}.state in ('pending', 'retry', 'sending')`);

/** An open delivery whose time has come; while sending, its time is the end of the lease. */
export const due = (row: string, now: Date): SQL =>
  sql`${open(row)} and ${sql.raw(`${row}.next_attempt_at`)} <= ${now}::timestamptz`;

/**
 * Endpoints that may be sent to: `h` delivery_health, `w` webhooks, `o` the owner. Not disabled, not held, breaker closed
 * or due for its probe, and something to send: the first of live traffic, then of recovery, as the index has them.
 */
export const sendable = (now: Date): SQL => sql`
  h.sink = 'webhook' and w.state = 'active' and w.deleted_at is null and o.member_state = 'active'
  and (h.breaker_until is null or h.breaker_until <= ${now}::timestamptz)
  and coalesce(${firstDue('not x.recovery', now)}, ${firstDue('x.recovery', now)}) is not null`;

// An ordered look instead of `exists`, for which the planner would rather read the table.
const firstDue = (which: string, now: Date): SQL => sql`(
  select x.id from deliveries x where x.target_id = h.target_id and ${sql.raw(which)} and ${due('x', now)}
  order by x.next_attempt_at, x.id limit 1)`;

export const sendableFrom: SQL = sql.raw(
  'delivery_health h join webhooks w on w.id = h.target_id join principal o on o.id = w.owner_principal_id',
);

/** Health rows are locked in one order everywhere, before the statement that looks: a lock waited for shows old rows. */
export const lockHealth = (where: SQL, from: SQL = sendableFrom): SQL =>
  sql`select h.target_id from ${from} where ${where} order by h.target_id for no key update of h`;
