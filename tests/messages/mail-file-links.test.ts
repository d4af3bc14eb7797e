import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import { type MailRecipient, mailFileLink } from '#services/files/mail-file-link.ts';
import { qb } from '#services/kernel/query.ts';
import { organization } from '../support/ask-customer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKernel } from '../support/kernel.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { fileOn, openLink } from '../support/portal-files.ts';
import { createWorld, type TicketFields, type World } from '../support/world.ts';

const DAY_MS = 86_400_000;
const filesOrigin = 'https://files.desk.test';
const files = memoryFiles();

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
});
afterAll(() => db.drop());

const linkFor = (id: Id<'tatt'>, recipient: MailRecipient, now = new Date()): string =>
  mailFileLink(id, recipient, { now, keys: testKernel(db.url).keys, filesOrigin }).url;

const opens = (url: string, now?: Date): Promise<boolean> =>
  openLink(db.url, files, url, now).then(
    () => true,
    (error) => {
      if (error instanceof ServiceError && error.code === 'not_found') return false;
      throw error;
    },
  );

async function mailed(fields: TicketFields = {}, audience: 'public' | 'internal' = 'public') {
  const { id: contactId } = await world.contact();
  const { id: ticketId } = await world.ticket({ requesterContactId: contactId, ...fields });
  const id = await fileOn(world, files, ticketId, 2, { audience, deleted: false });
  return { contactId, ticketId, id, url: linkFor(id, { contactId }) };
}

const set = (table: string, id: Id, assignment: string) =>
  db.query(`update ${table} set ${assignment} where id = $1`, [idToUuid(id)]);

test('a link in a mail opens for thirty days, in one trip, without any session', async () => {
  const { id, contactId } = await mailed();
  const sent = new Date('2026-03-01T00:00:00.000Z');
  const url = linkFor(id, { contactId }, sent);
  const after = (days: number) => new Date(sent.getTime() + days * DAY_MS);
  expect(await openLink(db.url, files, url, after(29.99))).toEqual({ text: 'x', trips: 1 });
  expect(await opens(url, after(30))).toBe(false);
});

test.each([
  [
    'its message is deleted',
    ({ ticketId }) =>
      db.query('update ticket_messages set deleted_at = now() where ticket_id = $1', [idToUuid(ticketId)]),
  ],
  ['its file is taken off', ({ id }) => set('ticket_attachments', id, 'deleted_at = now()')],
  ['its ticket is deleted', ({ ticketId }) => set('tickets', ticketId, 'deleted_at = now()')],
  [
    'its ticket is purged',
    async ({ ticketId }) => {
      await set('tickets', ticketId, 'deleted_at = now()');
      await db.query('select purge_tickets(array[$1::uuid])', [idToUuid(ticketId)]);
    },
  ],
  [
    'its recipient is the requester no more',
    async ({ ticketId }) =>
      set('tickets', ticketId, `requester_contact_id = '${idToUuid((await world.contact()).id)}'`),
  ],
  ['its recipient is erased', ({ contactId }) => set('contacts', contactId, 'erased_at = now(), archived_at = now()')],
] as [string, (at: Awaited<ReturnType<typeof mailed>>) => Promise<unknown>][])(
  'it ends at once when %s',
  async (_name, end) => {
    const at = await mailed();
    expect(await opens(at.url)).toBe(true);
    await end(at);
    expect(await opens(at.url)).toBe(false);
  },
);

test('it opens no note, whoever it was made for, and names its recipient for good', async () => {
  expect(await opens((await mailed({}, 'internal')).url)).toBe(false);
  const { id, url } = await mailed();
  expect(await opens(linkFor(id, { contactId: (await world.contact()).id }))).toBe(false);
  for (const kind of ['p', 'k', 'v', 'a', 'c']) expect(await opens(url.replace('.m', `.${kind}`))).toBe(false);
});

test('it is good for who takes part and for colleagues, as long as they do', async () => {
  const acme = await organization(world, 'Acme');
  const { id, ticketId } = await mailed({ organizationId: acme, visibility: 'org' });
  const { id: contactId } = await world.contact('Bob');
  const url = linkFor(id, { contactId });
  expect(await opens(url)).toBe(false);
  await set('contacts', contactId, `organization_id = '${idToUuid(acme)}', organization_source = 'manual'`);
  expect(await opens(url)).toBe(true);
  await set('organizations', acme, 'archived_at = now()');
  expect(await opens(url)).toBe(false);
  const seat = world.newId('tpart');
  const row = { id: seat, ticketId, contactId, role: 'cc', actorKind: 'system' } as const;
  await world.put(qb.insert(ticketParticipants).values(row));
  expect(await opens(url)).toBe(true);
  await db.query('delete from ticket_participants where id = $1', [idToUuid(seat)]);
  expect(await opens(url)).toBe(false);
});

test('after a merger of contacts it reads with the eyes of the one that is left', async () => {
  const { contactId, ticketId, url } = await mailed();
  const { id: winner } = await world.contact('Winner');
  await set('contacts', contactId, `archived_at = now(), merged_into_id = '${idToUuid(winner)}'`);
  expect(await opens(url)).toBe(false);
  await set('tickets', ticketId, `requester_contact_id = '${idToUuid(winner)}'`);
  expect(await opens(url)).toBe(true);
});

test('to somebody of the desk it opens what they read, notes too, and ends with their right', async () => {
  const { id } = await mailed({ primaryTeamId: world.teams.support }, 'internal');
  const member = await world.member({ role: 'agent', teams: [world.teams.support] });
  const url = linkFor(id, { principalId: member.id });
  expect(await opens(url)).toBe(true);
  await set('principal', member.id, "member_state = 'suspended'");
  expect(await opens(url)).toBe(false);
});
