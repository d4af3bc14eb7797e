import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsTouched } from '#bench/rows-touched.ts';
import { idToUuid } from '#schema/ids.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { listContacts } from '#services/contacts/list-contacts.ts';
import { listCustomers } from '#services/contacts/list-customers.ts';
import type { Statement } from '#services/kernel/query.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const CONTACTS = 20_000;
const LIMIT = 50;

let db: TestDatabase;
let world: World;
let client: pg.Client;
let token: string;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  token = (await world.keyFor(PERMISSION_KEYS)).token;
  // Of each hundredth the first name is rare, of the first the ten thousand tickets are closed.
  await db.query(
    `with made as (
       insert into contacts (name, sort_name, search_text)
       select name, name, name || ' everybody' from (
         select case when n % 200 = 0 then 'rara ' else 'many ' end || lpad(n::text, 6, '0') as name from generate_series(1, $1::int) n) x
       returning id, name)
     insert into tickets (number, subject, status_id, status_category, solved_at, requester_contact_id, primary_team_id,
       last_activity_at, last_public_at, created_at)
     select nextval('ticket_number_seq'), 'Row', case when k = 1 then $2::uuid else $3::uuid end,
       case when k = 1 then 'open' else 'solved' end, case when k > 1 then now() end, id, $4::uuid, now(), now(), now()
     from made cross join lateral generate_series(1, case when name = 'many 000001' then 5000 when name < 'many 000100' then 1 else 0 end) k`,
    [CONTACTS, idToUuid(world.statuses.open), idToUuid(world.statuses.solved), idToUuid(world.teams.support)],
  );
  await db.query('vacuum analyze');
  client = new pg.Client({ connectionString: db.url });
  await client.connect();
}, 120_000);
afterAll(async () => {
  await client.end();
  await db.drop();
});

const page = { limit: LIMIT, cursor: undefined, archived: false };
const ASKED = { kind: undefined, organizationId: undefined, segmentId: undefined, sort: 'name', ...page } as const;

function at() {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a test key parses');
  const { now, keys } = testKernel(db.url);
  return { now, keys, auth: authorityCte(credential, now) };
}

async function read({ hints, ...statements }: Record<string, Statement | undefined>): Promise<number> {
  let rows = 0;
  for (const statement of Object.values(statements))
    if (statement !== undefined) rows += (await rowsTouched(client, statement, { before: hints })).heap;
  return rows;
}

test('a page of customers reads a few rows for each that it shows, whatever the order and however long anybody has been one', async () => {
  for (const sort of ['name', '-created'] as const)
    expect(await read(listCustomers.load({ ...ASKED, sort, q: undefined }, at())), sort).toBeLessThanOrEqual(
      10 * (LIMIT + 1),
    );
});

test('a rare word is read out of its index, a common one met in the order of names; contacts and customers alike', async () => {
  for (const [q, shown] of [
    ['rara', LIMIT],
    ['everybody', LIMIT],
    ['many 000001', 1],
    ['nobody', 0],
  ] as const) {
    const contacts = listContacts.load({ ...page, q }, at());
    // Whether few hold the words is asked twice, and told when five thousand do.
    const asked = q === 'everybody' ? 2 * 5001 : 2 * 100;
    expect(await read(contacts as never), q).toBeLessThanOrEqual(asked + 10 * (LIMIT + 1));
    expect(await read(listCustomers.load({ ...ASKED, q }, at())), q).toBeLessThanOrEqual(asked + 20 * (LIMIT + 1));
    expect((await askVerb(db.url, token, listContacts, { ...page, q })).output.data, q).toHaveLength(shown);
    const { output, trips } = await askVerb(db.url, token, listCustomers, { ...ASKED, q });
    expect(output.data, q).toHaveLength(shown);
    expect(trips).toBe(1);
  }
});

test('words that so many hold that they are not read out of the index are paged by name, each once', async () => {
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const { output } = await askVerb(db.url, token, listContacts, { ...page, limit: 200, cursor, q: 'everybody 0001' });
    seen.push(...output.data.map(({ name }) => name ?? ''));
    if (output.page.next === null) break;
    cursor = output.page.next;
  }
  expect(seen).toEqual([...new Set(seen)].toSorted());
  expect(seen).toHaveLength(100);
});
