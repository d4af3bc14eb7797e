import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid, uuidToId } from '#schema/ids.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';
import { askVerb } from '../support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld, type TestKey, type World } from '../support/world.ts';

const WRITERS = 12;

let db: TestDatabase;
let world: World;
let key: TestKey;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  key = await world.keyFor(['ticket.view_all', 'ticket.edit_fields', 'ticket.change_status', 'ticket.reply_public']);
});
afterAll(() => db.drop());

const ticketRow = async (id: string) =>
  (
    await db.query<{ version: number; revision: number; event_seq: string }>(
      'select version, revision, event_seq from tickets where id = $1',
      [id],
    )
  )[0];

test('writers on one ticket at once win one after the other, and a lost try leaves no event, audit row or number', async () => {
  const { id } = await world.ticket();
  const uuid = idToUuid(id);
  const edits = Array.from({ length: WRITERS }, (_, n) =>
    askVerb(db.url, key.token, updateTicket, {
      ticketId: id,
      changes: { subject: `Subject ${n}` },
      ifMatch: null,
    }).then(
      () => 'done',
      (error: { reason?: string }) => error.reason,
    ),
  );
  const outcomes = await Promise.all(edits);
  const done = outcomes.filter((outcome) => outcome === 'done').length;
  expect(done).toBeGreaterThan(0);
  expect(outcomes.filter((outcome) => outcome !== 'done' && outcome !== 'contention')).toEqual([]);
  expect(await ticketRow(uuid)).toMatchObject({ version: 1 + done, revision: 1 + done, event_seq: String(done) });
  const numbers = await db.query<{ entity_seq: string }>(
    'select entity_seq from events where entity_id = $1 order by entity_seq',
    [uuid],
  );
  expect(numbers.map(({ entity_seq }) => Number(entity_seq))).toEqual(Array.from({ length: done }, (_, n) => n + 1));
  const [audited] = await db.query<{ n: number }>('select count(*)::int as n from audit_events where target_id = $1', [
    uuid,
  ]);
  expect(audited?.n).toBe(done);
});

test('a message moves the revision of its ticket, never the version that an open form holds', async () => {
  const { id } = await world.ticket();
  await askVerb(db.url, key.token, postMessage, { ticketId: id, body: 'Seen', audience: 'public' });
  expect(await ticketRow(idToUuid(id))).toMatchObject({ version: 1, revision: 2 });
  const { output } = await askVerb(db.url, key.token, updateTicket, {
    ticketId: id,
    changes: { priority: 'high' },
    ifMatch: { any: false, versions: [1] },
  });
  expect(output.version).toBe(2);
});

test('what would change nothing writes nothing and emits nothing', async () => {
  const { id } = await world.ticket({ priority: 'low' });
  const same = await askVerb(db.url, key.token, updateTicket, {
    ticketId: id,
    changes: { priority: 'low' },
    ifMatch: null,
  });
  const open = await askVerb(db.url, key.token, transitionTicket, {
    ticketId: id,
    to: { category: 'open' },
    ifMatch: null,
  });
  expect([same.trips, open.trips]).toEqual([1, 1]);
  expect(await ticketRow(idToUuid(id))).toMatchObject({ version: 1, revision: 1, event_seq: '0' });
});

test('the database itself refuses a second workspace, two people of one address, and a person without a user', async () => {
  await expect(db.query('insert into settings (id) values ($1)', [idToUuid(world.newId('set'))])).rejects.toMatchObject(
    { code: '23514' },
  );
  await expect(db.query('insert into "user" (email) values ($1)', [world.owner.email])).rejects.toMatchObject({
    code: '23505',
  });
  await expect(db.query('insert into "user" (email) values (\'Upper@desk.test\')')).rejects.toMatchObject({
    code: '23514',
  });
  await expect(db.query("insert into principal (type, display_name) values ('user', 'Nobody')")).rejects.toMatchObject({
    code: '23514',
  });
});

test('no event or audit row carries a bare uuid where a reader sees it', async () => {
  const payloads = await db.query<{ text: string }>(
    "select payload::text as text from events union all select coalesce(changes::text, '') from audit_events",
  );
  expect(payloads.length).toBeGreaterThan(1);
  const bare = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/;
  expect(payloads.filter(({ text }) => bare.test(text))).toEqual([]);
  expect(bare.test(idToUuid(uuidToId('tkt', idToUuid(world.newId('tkt')))))).toBe(true);
});
