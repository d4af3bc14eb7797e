import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { listTickets } from '#services/tickets/list-tickets.ts';
import { askVerb } from '../support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld, type TestKey, type World } from '../support/world.ts';

const ROWS = 1000;
const AT = new Date('2026-05-04T09:30:00.123Z');

let db: TestDatabase;
let world: World;
let key: TestKey;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  key = await world.keyFor(['ticket.view_all']);
  await db.query(
    `insert into tickets (number, subject, status_id, status_category, last_activity_at, last_public_at, created_at)
     select nextval('ticket_number_seq'), 'Row ' || n, $1, 'open', $2, $2, $2 from generate_series(1, $3::int) n`,
    [idToUuid(world.statuses.open), AT.toISOString(), ROWS],
  );
});
afterAll(() => db.drop());

async function walk(limit: number): Promise<string[]> {
  // Where one list ends is where the next begins, and only the cursor says so: the keys of cursors must stay the same.
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const { output } = await askVerb(db.url, key.token, listTickets, {
      statusCategory: undefined,
      assignee: undefined,
      limit,
      cursor,
    });
    seen.push(...output.data.map(({ id }) => id));
    expect(output.page.hasMore).toBe(output.page.next !== null);
    if (output.page.next === null) return seen;
    cursor = output.page.next;
  }
}

test.each([7, 50, 200])(
  'a thousand tickets of one millisecond are walked in pages of %i, each exactly once',
  async (limit) => {
    const seen = await walk(limit);
    expect(seen).toHaveLength(ROWS);
    expect(new Set(seen).size).toBe(ROWS);
  },
);

test('an instant comes back as it was written, to the millisecond', async () => {
  const { output } = await askVerb(db.url, key.token, listTickets, {
    statusCategory: undefined,
    assignee: undefined,
    limit: 1,
    cursor: undefined,
  });
  expect(output.data[0]?.lastActivityAt).toBe(AT.toISOString());
});

test('the page is read through the index that is ordered as the list is, a few rows for each row shown', async () => {
  await db.query('analyze tickets');
  const plan = await db.query<{ 'QUERY PLAN': string }>(
    'explain (costs off) select id from tickets where deleted_at is null and is_active order by last_activity_at desc, id desc limit 51',
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('tickets_is_active_last_activity_at_id_idx');
});
