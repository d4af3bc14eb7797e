import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RowsTouched, rowsTouched } from '#bench/rows-touched.ts';
import { idToUuid } from '#schema/ids.ts';
import { sweepFiles } from '#services/files/sweep-files.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { autoClose } from '#services/lifecycle/auto-close.ts';
import { purgeDeleted } from '#services/lifecycle/purge-deleted.ts';
import { wakeTickets } from '#services/lifecycle/wake-tickets.ts';
import { askRatings } from '#services/ratings/ask-ratings.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { fillTickets } from '#tests/support/many-tickets.ts';
import { memoryFiles } from '#tests/support/memory-files.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const TICKETS = 50_000;
/** Long after all that the fill has made. */
const NOW = new Date('2027-06-01T00:00:00.000Z');
const DUE = 40;

let db: TestDatabase;
let world: World;
let client: pg.Client;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  await fillTickets(db, world, TICKETS, 4);
  client = new pg.Client({ connectionString: db.url });
  await client.connect();
  // A table as small as this one is read whole where a page out of order costs four; at a million tickets it never is.
  await client.query('set random_page_cost = 1.1');
}, 120_000);
afterAll(async () => {
  await client.end();
  await db.drop();
});

/** The statements of the first trip of a sweep, which is not made. */
async function firstTrip(sweep: (kernel: Kernel) => Promise<unknown>, now = NOW): Promise<readonly Statement[]> {
  const kernel = testKernel(db.url, now);
  let sent: readonly Statement[] = [];
  kernel.db.batch = (statements: readonly Statement[]) => {
    sent = statements;
    return Promise.reject(new Error('recorded'));
  };
  await expect(sweep(kernel)).rejects.toThrow('recorded');
  return sent;
}
async function touched(statements: readonly Statement[], table: string): Promise<RowsTouched> {
  const all: RowsTouched = { index: 0, heap: 0 };
  for (const statement of statements) {
    const { index, heap } = await rowsTouched(client, statement, { table });
    all.index += index;
    all.heap += heap;
  }
  return all;
}
const ids = async (condition: string, count: number): Promise<string[]> =>
  (await db.query<{ id: string }>(`select id from tickets where ${condition} order by number limit $1`, [count])).map(
    ({ id }) => id,
  );
const at = (daysAgo: number): string => new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString();

test('closing reads what is due to close, however much has been solved since', async () => {
  const [edge] = await db.query<{ at: Date }>(
    `select solved_at as at from tickets where status_category = 'solved' order by solved_at offset $1 limit 1`,
    [DUE - 1],
  );
  const now = new Date((edge?.at.getTime() ?? 0) + 7 * 86_400_000);
  const { heap } = await touched(await firstTrip(autoClose, now), 'tickets');
  // Each is claimed, written and joined to what is told of it.
  expect(heap).toBeGreaterThanOrEqual(DUE);
  expect(heap).toBeLessThanOrEqual(4 * DUE);
});

test('waking reads what is due to wake, whether clocks run on it or not', async () => {
  const asleep = await ids(`status_category = 'open'`, 1000);
  await db.query(
    `update tickets t set status_id = $1, status_category = 'pending', wake_at = case when n <= $2 then $3::timestamptz else $4::timestamptz end
     from unnest($5::uuid[]) with ordinality as a (id, n) where t.id = a.id`,
    [idToUuid(world.statuses.pending), DUE, at(1), at(-1), asleep],
  );
  await db.query('vacuum analyze tickets');
  const { heap } = await touched(await firstTrip(wakeTickets), 'tickets');
  expect(heap).toBeGreaterThanOrEqual(DUE);
  expect(heap).toBeLessThanOrEqual(4 * DUE);
});

test('purging reads what is due in the trash and what was merged into it', async () => {
  const [target, ...gone] = await ids(`status_category = 'open' and wake_at is null`, 1000);
  const due = [target, ...gone.slice(0, DUE - 1)];
  await db.query('update tickets set deleted_at = $1 where id = any ($2)', [at(10), gone]);
  await db.query('update tickets set deleted_at = $1 where id = any ($2)', [at(31), due]);
  await db.query(
    `update tickets set merged_into_id = $1, merged_at = $2, status_id = $3, status_category = 'closed', solved_at = $2, closed_at = $2, deleted_at = $2
     where id = any ($4)`,
    [target, at(31), idToUuid(world.statuses.closed), gone.slice(-3)],
  );
  await db.query('vacuum analyze tickets');
  const { heap } = await touched(await firstTrip(purgeDeleted), 'tickets');
  expect(heap).toBeGreaterThanOrEqual(DUE + 3);
  expect(heap).toBeLessThanOrEqual(4 * (DUE + 3));
});

test('asking for ratings reads what was solved in its two weeks, and neither all that ever was nor what is too young', async () => {
  const solved = await ids(`status_category = 'solved'`, 1000);
  const people = await db.query<{ id: string }>(
    `with c as (insert into contacts (name, sort_name) select 'P', 'p' from generate_series(1, 1000) returning id),
       e as (insert into contact_emails (contact_id, email, is_primary) select id, id || '@plan.example', true from c)
     select id from c`,
  );
  // Forty a day old, the others of an hour ago.
  await db.query(
    `update tickets t set requester_contact_id = a.contact_id, solved_at = case when a.n <= $1 then $2::timestamptz else $3::timestamptz end
     from unnest($4::uuid[], $5::uuid[]) with ordinality as a (id, contact_id, n) where t.id = a.id`,
    [DUE, at(2), at(1 / 24), solved, people.map(({ id }) => id)],
  );
  await db.query('update ticket_settings set csat_enabled = true');
  await db.query('vacuum analyze');
  const statements = await firstTrip(askRatings);
  const { heap } = await touched(statements, 'tickets');
  expect(heap).toBeGreaterThanOrEqual(DUE);
  expect(heap).toBeLessThanOrEqual(3 * DUE);
  expect(await askRatings(testKernel(db.url, NOW))).toBe(DUE);
  expect(await askRatings(testKernel(db.url, NOW))).toBe(0);
});

test('the sweep of files reads what is over, and no file that a message has', async () => {
  const [ticket] = await ids('deleted_at is null', 1);
  await db.query(
    `with m as (
       insert into ticket_messages (ticket_id, seq, audience, author_kind, author_name, via, body, body_text)
       select $1, 1000 + n, 'public', 'agent', 'A', 'api', '', '' from generate_series(1, 2000) n returning id)
     insert into ticket_attachments (ticket_id, message_id, state, purpose, actor_kind, filename, content_type, size_bytes, sha256, storage_key, attached_at)
     select $1, m.id, 'attached', 'message', 'system', 'f', 'text/plain', 1, sha256('f'), 'a/attached/' || m.id, now() from m`,
    [ticket],
  );
  await db.query(
    `insert into ticket_attachments (state, purpose, actor_kind, filename, content_type, size_bytes, sha256, storage_key, expires_at)
     select 'staged', 'message', 'system', 'f', 'text/plain', 1, sha256('f'), 'a/staged/' || n, case when n <= $1 then $2::timestamptz else $3::timestamptz end
     from generate_series(1, 1000) n`,
    [DUE, at(1), at(-1)],
  );
  await db.query(
    `insert into object_deletions (storage_key, not_before, done_at)
     select 'a/gone/' || n, case when n <= $1 then $2::timestamptz else $3::timestamptz end, case when n > 1000 then $2::timestamptz end
     from generate_series(1, 3000) n`,
    [DUE, at(1), at(-1)],
  );
  await db.query('vacuum analyze');
  const statements = await firstTrip((kernel) => sweepFiles(kernel, memoryFiles()));
  for (const table of ['ticket_attachments', 'object_deletions']) {
    const { heap } = await touched(statements, table);
    expect(heap, table).toBeGreaterThanOrEqual(DUE);
    expect(heap, table).toBeLessThanOrEqual(4 * DUE);
  }
});
