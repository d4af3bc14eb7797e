import { afterAll, beforeAll, expect, test } from 'vitest';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { openRouteCaller, type RouteCaller } from '#tests/support/route-caller.ts';

const TICKETS = 1000;
const AT_ONCE = 25;

let caller: RouteCaller;
beforeAll(async () => {
  caller = await openRouteCaller();
});
afterAll(() => caller.close());

test('a creation waits for no other that has its number and is not through', async () => {
  const { token } = await caller.world.keyFor(PERMISSION_KEYS);
  const body = { subject: 'Beside one that stands still' };
  const create = { method: 'POST', path: '/api/v1/tickets', query: {}, body, ids: {} };
  const still = await caller.world.db.connect();
  try {
    await still.query('begin');
    await still.query(
      `insert into tickets (number, subject, status_id, status_category, last_activity_at, last_public_at)
       select nextval('ticket_number_seq'), 'Not through', id, 'open', now(), now() from ticket_statuses where category = 'open' and is_default`,
    );
    const answers = await Promise.all([1, 2, 3].map(() => caller.send(create, { token })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ json }) => json.number)).size).toBe(3);
  } finally {
    await still.query('rollback');
    still.release();
  }
});

test('a thousand tickets, made by many at once, have a thousand numbers, each of which leads to its ticket', async () => {
  const { token } = await caller.world.keyFor(PERMISSION_KEYS);
  const create = {
    method: 'POST',
    path: '/api/v1/tickets',
    query: {},
    body: { subject: 'One of many', body: 'Hello' },
    ids: {},
  };
  const made: { id: unknown; number: number; trips: string }[] = [];
  const worker = async (): Promise<void> => {
    while (made.length + inFlight < TICKETS) {
      inFlight += 1;
      const { status, json, text, headers } = await caller.send(create, { token });
      inFlight -= 1;
      expect(status, text).toBe(201);
      made.push({ id: json.id, number: json.number as number, trips: headers.get('server-timing') ?? '' });
    }
  };
  let inFlight = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  expect(made).toHaveLength(TICKETS);
  expect(new Set(made.map(({ number }) => number)).size).toBe(TICKETS);
  // Nobody waited for a number or tried again for one: each cost its two trips.
  expect(made.filter(({ trips }) => !trips.startsWith('db;desc="2"'))).toEqual([]);
  for (const { id, number } of made.slice(0, 5)) {
    const found = await caller.send(
      { ...create, method: 'GET', path: `/api/v1/tickets/by-number/${number}`, body: undefined },
      { token },
    );
    expect(found.json).toMatchObject({ id, number });
  }
}, 180_000);
