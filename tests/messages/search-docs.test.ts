import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import type { Statement } from '#services/kernel/query.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { appendSearch, newSearch, rebuildSearch } from '#services/search/search-docs.ts';
import { createTicket } from '#services/tickets/create-ticket.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createWorld, type World } from '#tests/support/world.ts';

let db: TestDatabase;
let world: World;
let token: string;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  ({ token } = await world.keyFor(PERMISSION_KEYS));
});
afterAll(() => db.drop());

const write = ({ text, params }: Statement) => db.query(text, params);

/** The scopes whose document holds the words. */
async function holders(ticketId: Id<'tkt'>, words: string): Promise<string[]> {
  const found = await db.query<{ scope: string }>(
    `select scope || coalesce(' ' || to_typeid('team', team_id), '') as scope from ticket_search
     where ticket_id = $1 and doc @@ websearch_to_tsquery('simple', fold($2)) order by 1`,
    [idToUuid(ticketId), words],
  );
  return found.map(({ scope }) => scope);
}

async function open(subject: string, body: string): Promise<Id<'tkt'>> {
  const asked = { subject, body, requester: { email: 'ada@customer.test' } };
  return (await askVerb(db.url, token, createTicket, asked)).output.id as Id<'tkt'>;
}

const docs = (ticketId: Id<'tkt'>) =>
  db.query('select scope, team_id, doc::text from ticket_search where ticket_id = $1 order by 1, 2', [
    idToUuid(ticketId),
  ]);

const say = (ticketId: Id<'tkt'>, body: string, audience: 'public' | 'internal') =>
  askVerb(db.url, token, postMessage, { ticketId, body, audience });

test('words of subject and messages match together, and a note is in no document that customers find by', async () => {
  const id = await open('The Crème export', 'It stops half-way.');
  await say(id, 'A heron is on it', 'internal');
  await say(id, 'Which version?', 'public');
  expect(await holders(id, 'creme half version')).toEqual(['agent', 'customer']);
  expect(await holders(id, 'heron')).toEqual(['agent']);
  await askVerb(db.url, token, updateTicket, {
    ticketId: id,
    ifMatch: null,
    changes: { subject: 'The import' },
  });
  expect(await holders(id, 'creme')).toEqual([]);
  expect(await holders(id, 'import version')).toEqual(['agent', 'customer']);
});

test("a team's words are in the document of that team alone, which begins with the subject", async () => {
  const { id } = await world.ticket({ subject: 'A swan' });
  const { support, billing } = world.teams;
  await write(newSearch(id, 'A swan', { text: 'greylag', audience: 'internal', teamId: null }));
  await write(appendSearch(id, 'A swan', { text: 'teal', audience: 'shared_team', teamId: support }));
  await write(appendSearch(id, 'A swan', { text: 'garganey', audience: 'shared_team', teamId: billing }));
  await write(appendSearch(id, 'A swan', { text: 'pintail', audience: 'shared_team', teamId: support }));
  expect(await holders(id, 'swan greylag')).toEqual(['agent']);
  expect(await holders(id, 'swan teal pintail')).toEqual([`team ${support}`]);
  expect(await holders(id, 'garganey')).toEqual([`team ${billing}`]);
  await write(rebuildSearch([id]));
  expect(await holders(id, 'swan')).toEqual(['agent', 'customer']);
});

test('a rebuild gives what adding gave', async () => {
  const tickets = await Promise.all(
    ['One', 'Two'].map(async (subject) => {
      const id = await open(subject, `${subject} 東京都 opens`);
      await say(id, `${subject} note`, 'internal');
      await say(id, `${subject} reply reply`, 'public');
      return id;
    }),
  );
  const before = await Promise.all(tickets.map(docs));
  await write(rebuildSearch(tickets));
  expect(await Promise.all(tickets.map(docs))).toEqual(before);
});

test('a document ends at 256 KiB, and what no longer fits makes nothing fail', async () => {
  const { id } = await world.ticket();
  const distinct = (first: number) =>
    Array.from({ length: 33_000 }, (_, n) => String.fromCodePoint(first + n)).join('');
  await write(newSearch(id, 'Long', { text: distinct(0x20000), audience: 'public', teamId: null }));
  await write(appendSearch(id, 'Long', { text: distinct(0x30000), audience: 'public', teamId: null }));
  await write(appendSearch(id, 'Long', { text: 'afterwards', audience: 'public', teamId: null }));
  const [size] = await db.query<{ most: number }>(
    "select max(pg_column_size(doc || '')) as most from ticket_search where ticket_id = $1",
    [idToUuid(id)],
  );
  expect(size?.most).toBeLessThanOrEqual(256 * 1024);
  expect(await holders(id, String.fromCodePoint(0x20001))).toEqual(['agent', 'customer']);
});

test('messages of a merged source stay in its own documents, which a rebuild of the target leaves alone', async () => {
  const target = await world.ticket();
  const merged = { mergedIntoId: target.id, mergedAt: new Date(), statusId: world.statuses.closed };
  const closed = { ...merged, statusCategory: 'closed', closedAt: new Date(), solvedAt: new Date() } as const;
  const source = await world.ticket(closed);
  await db.query('update ticket_messages set body_text = $2 where ticket_id = $1', [idToUuid(source.id), 'shoveler']);
  await write(rebuildSearch([target.id, source.id]));
  expect([await holders(target.id, 'shoveler'), await holders(source.id, 'shoveler')]).toEqual([
    [],
    ['agent', 'customer'],
  ]);
});
