import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { idToUuid } from '#schema/ids.ts';
import { listTickets } from '#services/tickets/list-tickets.ts';
import { askVerb } from '../support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld, type TestKey, type World } from '../support/world.ts';

const ROWS = 10_000;
const AT = new Date('2026-05-04T09:30:00.123Z');
/** Pages of one ticket are walked over a hundredth, other orders over a tenth. */
const TENTH = 1000;
const FEW = 100;

let db: TestDatabase;
let world: World;
let key: TestKey;
let reader: TestKey;

vi.setConfig({ testTimeout: 120_000 });
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  key = await world.keyFor(['ticket.view_all']);
  reader = await world.keyFor(['ticket.view_team'], { creator: world.agent });
  await db.query(
    `insert into tickets (number, subject, priority, status_id, status_category, primary_team_id, assignee_team_id, solved_at, last_activity_at, last_public_at, created_at)
     select nextval('ticket_number_seq'), 'Row ' || n, case when n % 100 = 0 then 'urgent' when n % 10 = 0 then 'high' else 'low' end,
       case when n % 2 = 0 then $1::uuid else $2::uuid end, case when n % 2 = 0 then 'open' else 'solved' end, $3, $3,
       case when n % 2 = 1 then $4::timestamptz end, $4, $4, $4
     from generate_series(1, $5::int) n`,
    [
      idToUuid(world.statuses.open),
      idToUuid(world.statuses.solved),
      idToUuid(world.teams.support),
      AT.toISOString(),
      ROWS,
    ],
  );
  await db.query('analyze');
});
afterAll(() => db.drop());

async function walk(limit: number, filter: Partial<TicketFilter> = {}, token = key.token): Promise<string[]> {
  // Where one list ends is where the next begins, and only the cursor says so: the keys of cursors must stay the same.
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const { output } = await askVerb(db.url, token, listTickets, {
      filter: { sort: '-lastActivity', ...filter } as TicketFilter,
      limit,
      cursor,
    });
    seen.push(...output.data.map(({ id }) => id));
    expect(output.page.hasMore).toBe(output.page.next !== null);
    expect(output.data.length).toBe(output.page.hasMore ? limit : output.data.length);
    if (output.page.next === null) return seen;
    cursor = output.page.next;
  }
}

const expectEachOnce = (seen: readonly string[], count: number): void =>
  expect([seen.length, new Set(seen).size]).toEqual([count, count]);

test.each([50, 200])(
  'ten thousand tickets of one millisecond are walked in pages of %i, each exactly once',
  async (limit) => {
    expectEachOnce(await walk(limit), ROWS);
  },
);

test('and in pages of one, which are the pages of two hundred cut finer', async () => {
  const fine = await walk(1, { priority: ['urgent'] });
  expectEachOnce(fine, FEW);
  expect(await walk(200, { priority: ['urgent'] })).toEqual(fine);
});

test.each(['-lastActivity', 'lastActivity', '-created', 'created'] as const)(
  'the order %s, of which branches overlap for an agent, repeats and misses none',
  async (sort) => {
    const seen = await walk(50, { sort, priority: ['high', 'urgent'] }, reader.token);
    expectEachOnce(seen, TENTH);
    expect(seen).toEqual(sort.startsWith('-') ? seen.toSorted().reverse() : seen.toSorted());
  },
);

test.each(['priority', 'waiting', 'slaDue'] as const)(
  'the order %s keeps its place where nothing tells rows apart',
  async (sort) => {
    await db.query(
      `update tickets set customer_waiting_since = case number % 3 when 0 then null when 1 then $1::timestamptz else $1::timestamptz + interval '1 hour' end,
       sla_next_due_at = case number % 3 when 0 then null else $1::timestamptz end where is_active`,
      [AT.toISOString()],
    );
    const seen = await walk(200, { sort, statusCategory: ['open'] }, reader.token);
    expectEachOnce(seen, ROWS / 2);
    const order = {
      priority:
        "array_position(array['urgent', 'high', 'normal', 'low'], priority), customer_waiting_since nulls last, id",
      waiting: 'customer_waiting_since nulls last, id',
      slaDue: 'sla_next_due_at nulls last, id',
    }[sort];
    const rows = await db.query<{ id: string }>(
      `select to_typeid('tkt', id) as id from tickets where is_active order by ${order}`,
    );
    expect(seen).toEqual(rows.map(({ id }) => id));
  },
);

test('a sort of active tickets is refused where others may be among them', async () => {
  const asked = (filter: Partial<TicketFilter>) => walk(200, { sort: 'waiting', ...filter });
  for (const filter of [{}, { statusCategory: ['open', 'solved'] as const }, { scope: 'mine' as const }])
    await expect(asked(filter as Partial<TicketFilter>)).rejects.toMatchObject({
      details: { reason: 'sort_needs_active' },
    });
  expectEachOnce(await asked({ scope: 'unassigned' }), ROWS / 2);
});

test('an instant comes back as it was written, to the millisecond', async () => {
  const { output } = await askVerb(db.url, key.token, listTickets, {
    filter: { sort: '-lastActivity' } as TicketFilter,
    limit: 1,
    cursor: undefined,
  });
  expect(output.data[0]?.lastActivityAt).toBe(AT.toISOString());
});
