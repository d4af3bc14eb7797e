import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketAttachments, ticketParticipants } from '#schema/index.ts';
import type { CustomerSession } from '#services/access/customer.ts';
import { repointPrincipal } from '#services/contacts/repoint-principal.ts';
import { qb } from '#services/kernel/query.ts';
import { createPortalTicket } from '#services/portal/create-portal-ticket.ts';
import { linkPortalFile } from '#services/portal/link-portal-file.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { replyPortalTicket } from '#services/portal/reply-portal-ticket.ts';
import { stagePortalFile } from '#services/portal/stage-portal-file.ts';
import { askCustomer, customer, organization, type TestCustomer, visitor } from '../support/ask-customer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKernel } from '../support/kernel.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { fileOn, openLink, uploadOf } from '../support/portal-files.ts';
import { createWorld, type World } from '../support/world.ts';

const ORIGIN = 'https://files.desk.test';
const MIB = 1024 * 1024;

let db: TestDatabase;
let world: World;
let ada: TestCustomer;
let bob: TestCustomer;
let acme: Id<'org'>;
const files = memoryFiles();
const far = { files, filesOrigin: ORIGIN };

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  acme = await organization(world, 'Acme');
  ada = await customer(world, { name: 'Ada Park', organizationId: acme });
  bob = await customer(world, { name: 'Bob Stone', organizationId: acme });
});
afterAll(() => db.drop());

const stage = (who: CustomerSession, upload = uploadOf('It stops at row 500.')) =>
  askCustomer(db.url, who, stagePortalFile, upload, undefined, far);
const staged = async (who: CustomerSession): Promise<Id<'tatt'>> => (await stage(who)).output.id as Id<'tatt'>;
const create = (who: CustomerSession, attachmentIds: Id<'tatt'>[], body = '') =>
  askCustomer(db.url, who, createPortalTicket, { via: 'widget', subject: 'Help', body, attachmentIds });
const reply = (who: CustomerSession, ticketId: Id<'tkt'>, attachmentIds: Id<'tatt'>[]) =>
  askCustomer(db.url, who, replyPortalTicket, { via: 'widget', ticketId, body: '', attachmentIds });
const link = (who: CustomerSession, attachmentId: Id<'tatt'>, now?: Date) =>
  askCustomer(db.url, who, linkPortalFile, { attachmentId }, now, far);
const urlOf = async (who: CustomerSession, id: Id<'tatt'>): Promise<string> => (await link(who, id)).output.url;

const open = (url: string, now?: Date) => openLink(db.url, files, url, now);

const refused = (ask: Promise<unknown>): Promise<string | undefined> =>
  ask.then(
    () => 'answered',
    (error) => {
      if (!(error instanceof ServiceError)) throw error;
      return error.reason ?? error.code;
    },
  );
const set = (table: string, id: Id, assignment: string) =>
  db.query(`update ${table} set ${assignment} where id = $1`, [idToUuid(id)]);
const thread = async (who: CustomerSession, ticketId: Id<'tkt'>) =>
  (await askCustomer(db.url, who, listPortalMessages, { ticketId, limit: 100, cursor: undefined })).output.data;

async function join(ticketId: Id<'tkt'>, contactId: Id<'contact'>): Promise<Id> {
  const id = world.newId('tpart');
  const seat = { id, ticketId, contactId, role: 'watcher', actorKind: 'system' } as const;
  await world.put(qb.insert(ticketParticipants).values(seat));
  return id;
}

async function request(who = ada.session) {
  const id = await staged(who);
  const { output } = await create(who, [id]);
  return { id, ticketId: output.id as Id<'tkt'>, url: await urlOf(who, id) };
}

describe('a customer’s file', () => {
  test('is staged, sent with a request or a reply, and read by a link that opens in one trip', async () => {
    const first = await stage(ada.session);
    expect(first).toMatchObject({
      trips: 2,
      output: { filename: 'log.txt', contentType: 'text/plain', sizeBytes: 20 },
    });
    const [row] = await db.query('select * from ticket_attachments where id = $1', [
      idToUuid(first.output.id as Id<'tatt'>),
    ]);
    expect(row).toMatchObject({
      state: 'staged',
      purpose: 'message',
      actor_kind: 'customer',
      actor_id: idToUuid(ada.session.principalId),
    });
    const made = await create(ada.session, [first.output.id as Id<'tatt'>]);
    expect(made.trips).toBe(2);
    const ticketId = made.output.id as Id<'tkt'>;
    const second = await staged(ada.session);
    expect((await reply(ada.session, ticketId, [second])).output.message.attachments).toMatchObject([{ id: second }]);
    const shown = (await thread(ada.session, ticketId)).map(({ attachments }) => attachments.map(({ id }) => id));
    expect(shown).toEqual([[first.output.id], [second]]);
    const { output, trips } = await link(ada.session, second);
    expect([trips, output.url.startsWith(`${ORIGIN}/files/`)]).toEqual([1, true]);
    expect(await open(output.url)).toEqual({ text: 'It stops at row 500.', trips: 1 });
    const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    expect(await refused(open(output.url, later(9)))).toBe('answered');
    expect(await refused(open(output.url, later(10)))).toBe('not_found');
  });

  test('has the quotas of every actor: twenty that wait, 200 MiB together, and what the workspace takes', async () => {
    const cat = await customer(world, { name: 'Cat Moor' });
    const id = await staged(cat.session);
    await set('ticket_attachments', id, `size_bytes = ${200 * MIB}`);
    expect(await refused(stage(cat.session))).toBe('limit_reached');
    await set('ticket_attachments', id, 'size_bytes = 1');
    for (let n = 1; n < 20; n += 1) await stage(cat.session);
    const kept = files.objects.size;
    expect(await refused(stage(cat.session))).toBe('limit_reached');
    expect(await refused(stage(bob.session, uploadOf('x', { 'content-length': String(26 * MIB) })))).toBe(
      'payload_too_large',
    );
    expect(await refused(stage(bob.session, uploadOf('MZ\u0000\u0001')))).toBe('unsupported_media_type');
    const digest = `sha-256=:${'A'.repeat(43)}=:`;
    expect(await refused(stage(bob.session, uploadOf('x', { 'content-digest': digest })))).toBe('digest_mismatch');
    expect(files.objects.size).toBe(kept);
    expect(await refused(stage(bob.session))).toBe('answered');
  });

  test('is sent by nobody else, neither by a colleague nor by who took the same name, nor twice, nor after a day', async () => {
    const guest = await visitor(world);
    const key = await world.keyFor(['ticket.view_all']);
    const desks = world.newId('tatt');
    await world.put(
      qb.insert(ticketAttachments).values({
        id: desks,
        actorKind: 'api_key',
        actorId: idToUuid(key.principalId),
        filename: 'x.txt',
        contentType: 'text/plain',
        sizeBytes: 1,
        sha256: new Uint8Array(32),
        storageKey: `a/2026-01-01/${desks}`,
        expiresAt: new Date(Date.now() + 60_000),
      }),
    );
    const { ticketId } = await request();
    for (const id of [await staged(bob.session), await staged(guest), desks, world.newId('tatt')]) {
      expect(await refused(create(ada.session, [id]))).toBe('unknown_reference');
      expect(await refused(reply(ada.session, ticketId, [id]))).toBe('unknown_reference');
    }
    const mine = await staged(ada.session);
    await set('ticket_attachments', mine, "expires_at = now() - interval '1 second'");
    expect(await refused(create(ada.session, [mine]))).toBe('unknown_reference');
    const twice = await staged(ada.session);
    const [one, two] = await Promise.all([1, 2].map(() => refused(reply(ada.session, ticketId, [twice]))));
    expect([one, two].toSorted()).toEqual(['answered', 'attachment_used']);
  });

  test('that a visitor staged is sent by who they turn out to be', async () => {
    const guest = await visitor(world);
    const id = await staged(guest);
    const kernel = testKernel(db.url);
    await kernel.db.batch(repointPrincipal([guest.principalId], ada.session.principalId, new Date()), {
      kind: 'commit',
    });
    expect(await refused(create(guest, [id]))).toBe('unknown_reference');
    expect(await refused(create(ada.session, [id]))).toBe('answered');
  });
});

describe('a customer’s link', () => {
  test('is given for no file that waits, is the desk’s own, or lies on another’s ticket: all are the same 404', async () => {
    const { id, ticketId } = await request();
    const waiting = await staged(ada.session);
    for (const [who, file] of [
      [bob.session, id],
      [ada.session, waiting],
      [ada.session, world.newId('tatt')],
    ] as const)
      expect(await refused(link(who, file))).toBe('not_found');
    const url = await urlOf(ada.session, id);
    const [message] = await thread(ada.session, ticketId);
    for (const audience of ["'internal'", `'shared_team', shared_team_id = '${idToUuid(world.teams.support)}'`]) {
      await set('ticket_messages', message?.id as Id, `is_opening = false, audience = ${audience}`);
      expect(await refused(link(ada.session, id))).toBe('not_found');
      expect(await refused(open(url))).toBe('not_found');
    }
  });

  test('names its session: no other kind of holder can be made of it', async () => {
    const { url } = await request();
    const claimed = await urlOf(
      { ...ada.session, assurance: 'claimed' },
      (await request({ ...ada.session, assurance: 'claimed' })).id,
    );
    expect(claimed).toMatch(/\/files\/\w+\.c/);
    for (const kind of ['v', 'p', 'k', 'a'])
      expect(await refused(open(claimed.replace(/(\/files\/\w+\.)c/, `$1${kind}`)))).toBe('not_found');
    expect(await refused(open(url))).toBe('answered');
  });

  const ENDS: Record<
    string,
    (at: { ticketId: Id<'tkt'>; id: Id<'tatt'>; messageId: Id<'tmsg'>; who: TestCustomer }) => Promise<unknown>
  > = {
    'its message is deleted': ({ messageId }) => set('ticket_messages', messageId, 'deleted_at = now()'),
    'the file is taken off': ({ id }) => set('ticket_attachments', id, 'deleted_at = now()'),
    'the ticket is deleted': ({ ticketId }) => set('tickets', ticketId, 'deleted_at = now()'),
    'the ticket is purged': async ({ ticketId }) => {
      await set('tickets', ticketId, 'deleted_at = now()');
      await db.query('select purge_tickets(array[$1::uuid])', [idToUuid(ticketId)]);
    },
    'the ticket gets another requester': ({ ticketId }) =>
      set('tickets', ticketId, `requester_principal_id = null, requester_contact_id = '${idToUuid(bob.contactId)}'`),
    'the login is suspended': ({ who }) =>
      set('principal', who.session.principalId, "member_state = 'suspended', member_since = now()"),
    'the login is erased': ({ who }) => set('principal', who.session.principalId, 'erased_at = now()'),
  };
  test.each(Object.keys(ENDS))('ends at once when %s', async (name) => {
    const who = await customer(world);
    const { id, ticketId, url } = await request(who.session);
    const [message] = await thread(who.session, ticketId);
    expect(await refused(open(url))).toBe('answered');
    await ENDS[name]?.({ ticketId, id, messageId: message?.id as Id<'tmsg'>, who });
    expect(await refused(open(url))).toBe('not_found');
  });

  test('of a colleague, a participant and a proved contact ends with what they saw it by', async () => {
    const { id, ticketId } = await request();
    await set('tickets', ticketId, `visibility = 'org', organization_id = '${idToUuid(acme)}'`);
    const colleagues = await urlOf(bob.session, id);
    expect(await refused(open(colleagues))).toBe('answered');
    await set('tickets', ticketId, "visibility = 'team'");
    expect(await refused(open(colleagues))).toBe('not_found');
    const seat = await join(ticketId, bob.contactId);
    expect(await refused(open(colleagues))).toBe('answered');
    await db.query('delete from ticket_participants where id = $1', [idToUuid(seat)]);
    expect(await refused(open(colleagues))).toBe('not_found');

    const proved = await customer(world);
    const theirs = await request(proved.session);
    await set('tickets', theirs.ticketId, 'requester_principal_id = null');
    expect(await refused(open(theirs.url))).toBe('answered');
    await db.query('update contact_user_links set unlinked_at = now() where contact_id = $1', [
      idToUuid(proved.contactId),
    ]);
    expect(await refused(open(theirs.url))).toBe('not_found');
  });
});

test('thread, link and file door agree on every file, for every session', async () => {
  const rarely = fc.constantFrom(false, false, false, true);
  const plan = fc.array(
    fc.record({
      requester: fc.constantFrom('ada', 'bob', 'guest', 'nobody'),
      shared: fc.boolean(),
      deleted: rarely,
      seat: fc.constantFrom(null, 'ada', 'bob'),
      messages: fc.array(
        fc.record({ audience: fc.constantFrom('public', 'public', 'internal', 'shared_team'), deleted: rarely }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 4, maxLength: 4 },
  );
  const guest = await visitor(world);
  const sessions = [ada.session, bob.session, guest, { ...ada.session, assurance: 'claimed' as const }];
  const seen = { shown: 0, hidden: 0 };
  await fc.assert(
    fc.asyncProperty(plan, async (tickets) => {
      for (const { requester, shared, deleted, seat, messages } of tickets) {
        const { id: ticketId } = await world.ticket({
          requesterContactId:
            { ada: ada.contactId, bob: bob.contactId }[requester as 'ada' | 'bob'] ?? (await world.contact()).id,
          requesterPrincipalId: requester === 'guest' ? guest.principalId : null,
          organizationId: acme,
          visibility: shared ? 'org' : 'team',
          deletedAt: deleted ? new Date() : null,
        });
        if (seat !== null) await join(ticketId, (seat === 'ada' ? ada : bob).contactId);
        const fileIds: Id<'tatt'>[] = [];
        for (const [n, message] of messages.entries())
          fileIds.push(await fileOn(world, files, ticketId, n + 2, message));
        for (const who of sessions) {
          const listed = await thread(who, ticketId).catch(() => []);
          const shownIds = listed.flatMap(({ attachments }) => attachments.map(({ id }) => id));
          for (const id of fileIds) {
            const given = await link(who, id).catch(() => undefined);
            expect(given !== undefined).toBe(shownIds.includes(id));
            if (given !== undefined) expect(await refused(open(given.output.url))).toBe('answered');
            seen[given === undefined ? 'hidden' : 'shown'] += 1;
          }
        }
      }
    }),
    { numRuns: 8 },
  );
  expect(Math.min(seen.shown, seen.hidden)).toBeGreaterThan(0);
}, 120_000);
