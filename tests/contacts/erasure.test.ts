import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { eraseHistory } from '#services/erasure/erase-history.ts';
import { ticketsToErase } from '#services/erasure/erase-texts.ts';
import type { Erasure } from '#services/erasure/erasure.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';

const NAME = 'Zelda Quint';
const EMAIL = 'zelda@quint.example';
const TRACES = /zelda|quint/i;

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const put = (sql: string, ...params: unknown[]) => desk.db.query(sql, params);
const erase = (id: string, body: object = {}) => desk.owner.post(`/contacts/${id}/erase`, { contactId: id, ...body });

async function tables(): Promise<string[]> {
  const found = await desk.db.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  return found.map(({ name }) => name);
}

/** Tables with a row in whose text, json, bytes or search document the person stands. */
async function tablesThatSay(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const name of await tables()) {
    const [row] = await desk.db.query(`select from public."${name}" t where t::text ~* $1 limit 1`, [pattern.source]);
    if (row !== undefined) found.push(name);
  }
  return found;
}

async function everything(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const name of await tables()) {
    const [row] = await desk.db.query<{ hash: string }>(
      `select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from public."${name}" t`,
    );
    all[name] = row?.hash;
  }
  return all;
}

/** Somebody who asked, wrote, edited, sent files and mail, rated, was merged, and of whom history tells. */
async function personWithAPast() {
  const member = await desk.world.member({ role: 'agent' });
  await put('update principal set member_state = null, display_name = $2 where id = $1', idToUuid(member.id), NAME);
  await put('update "user" set email = $2, email_verified = true where id = $1', idToUuid(member.userId), EMAIL);
  const made = await desk.owner.post(
    '/contacts',
    { name: NAME, phone: '+44 20 7946 0001', emails: [{ email: EMAIL, verified: true }] },
    { 'idempotency-key': 'zq' },
  );
  expect(made.status).toBe(201);
  const { id } = made.body;
  const twin = (await desk.owner.post('/contacts', { name: 'Z. Quint', emails: [{ email: 'z@quint.example' }] })).body;
  expect((await desk.owner.post(`/contacts/${id}/merge`, { loserId: twin.id })).status).toBe(200);
  const ticket = await desk.owner.post('/tickets', {
    subject: 'Zelda cannot log in',
    body: 'It is me, Zelda Quint.',
    requester: { contactId: id },
  });
  expect(ticket.status, JSON.stringify(ticket.body)).toBe(201);
  const ticketId: Id<'tkt'> = ticket.body.id;
  await desk.owner.patch(`/tickets/${ticketId}`, { subject: 'Zelda Quint cannot log in' });
  const said = await desk.owner.post(`/tickets/${ticketId}/messages`, {
    body: 'Yours, Zelda',
    as: { contactId: id },
  });
  expect(said.status, JSON.stringify(said.body)).toBe(201);
  const other = await desk.world.ticket();
  const [own, message, contact] = [ticketId, said.body.message.id, id].map((each) => idToUuid(each));
  await put(
    "insert into ticket_messages (ticket_id, seq, audience, author_kind, author_contact_id, author_name, via, body, body_text) values ($1, 9, 'public', 'customer', $2, $3, 'email', 'Zelda here', 'Zelda here')",
    idToUuid(other.id),
    contact,
    NAME,
  );
  await put(
    "insert into ticket_message_edits (message_id, revision, body, actor_kind, actor_label, edited_at) values ($1, 1, 'Yours, Zelda Q.', 'customer', null, now())",
    message,
  );
  await put(
    "insert into ticket_attachments (ticket_id, message_id, state, actor_kind, filename, content_type, size_bytes, sha256, storage_key) values ($1, $2, 'attached', 'customer', 'zelda.png', 'image/png', 3, sha256('x'), 'a/2026-11-26/0123')",
    own,
    message,
  );
  await put(
    "insert into ticket_ratings (ticket_id, cycle, contact_id, expires_at, score, comment, rated_at) values ($1, 0, $2, now(), 5, 'Thanks! Zelda', now())",
    own,
    contact,
  );
  await put(
    "insert into email_threads (ticket_id, recipient_kind, contact_id, address, reply_ref, subject) values ($1, 'customer', $2, $3, '\\x0102030405060708', 'Zelda')",
    own,
    contact,
    EMAIL,
  );
  await put("insert into email_suppressions (address, reason, scope) values ($1, 'hard_bounce', 'all')", EMAIL);
  await put(
    "insert into event_bodies (event_id, payload_version, form, bytes) select id, '2026-11-25', 'internal.full', convert_to(payload::text, 'UTF8') from events where entity_id = $1",
    own,
  );
  return { id: id as Id<'contact'>, member, ticketId };
}

test('an active member is not erased, the id is repeated, and both rights are needed', async () => {
  const { id } = (await desk.owner.post('/contacts', { name: 'Bo' })).body;
  const { userId } = await desk.world.member({ role: 'agent' });
  await put(
    "insert into contact_user_links (contact_id, user_id, source, actor_kind, linked_at) values ($1, $2, 'manual', 'system', now())",
    idToUuid(id),
    idToUuid(userId),
  );
  const refused = await erase(id);
  expect([refused.status, refused.body.reason]).toEqual([409, 'member_active']);
  const other = (await desk.owner.post('/contacts', { name: 'Bo' })).body;
  expect((await erase(other.id, { contactId: id })).status).toBe(400);
  for (const permission of ['org.manage', 'admin.manage_users'] as const) {
    const { caller } = await desk.holder([permission, 'org.view']);
    const answer = await caller.post(`/contacts/${other.id}/erase`, { contactId: other.id });
    expect(answer.status).toBe(403);
  }
});

test('after an erasure nothing says who it was, whatever was killed on the way, and a second run changes nothing', async () => {
  const { id, ticketId } = await personWithAPast();
  expect(await tablesThatSay(TRACES)).toEqual(
    expect.arrayContaining([
      'audit_events',
      'contact_emails',
      'contacts',
      'email_threads',
      'events',
      'idempotency_keys',
      'ticket_activity',
      'ticket_attachments',
      'ticket_message_edits',
      'ticket_messages',
      'ticket_ratings',
      'ticket_search',
      'tickets',
      'user',
    ]),
  );
  const started = await erase(id, {});
  expect([started.status, started.trips]).toEqual([202, 2]);
  const { jobId } = started.body;
  expect((await desk.owner.get(`/contacts/${id}`)).body).toMatchObject({ name: 'Erased person', emails: [] });
  const [kept] = await desk.db.query<{ params: Erasure }>('select params from bulk_jobs where id = $1', [
    idToUuid(jobId),
  ]);
  const erasure = kept?.params as Erasure;
  // Killed: the first or second commit of a run never arrives.
  for (const arriving of [0, 1, 0, 1]) {
    const kernel = testKernel(desk.db.url);
    const { batch } = kernel.db;
    let commits = 0;
    kernel.db.batch = ((statements, options) => {
      if (options.kind === 'commit') commits += 1;
      if (commits > arriving) throw new Error('killed');
      return batch.call(kernel.db, statements, options);
    }) as typeof batch;
    await expect(runBulkJob(kernel, jobId)).rejects.toThrow('killed');
  }
  for (let n = 0; n < 9; n += 1) await runBulkJob(testKernel(desk.db.url), jobId);
  expect(await tablesThatSay(TRACES)).toEqual([]);
  const [job] = await desk.db.query<{ state: string; params: { receipt: Record<string, number> } }>(
    'select state, params from bulk_jobs where id = $1',
    [idToUuid(jobId)],
  );
  expect(job).toMatchObject({
    state: 'done',
    params: { words: [], receipt: { ticket_messages: 3, ticket_message_edits: 1, ticket_attachments: 1, tickets: 2 } },
  });
  expect((await desk.owner.get(`/tickets/${ticketId}`)).body.subject).toBe('[erased]');
  const objects = await desk.db.query("select from object_deletions where storage_key = 'a/2026-11-26/0123'");
  expect(objects).toHaveLength(1);
  expect(await desk.db.query('select from event_bodies')).toEqual([]);
  const { events } = await desk.told();
  expect(events.filter(({ type }) => type === 'contact.erased')).toHaveLength(1);

  const before = await everything();
  expect((await erase(id)).body).toEqual({ contactId: id, jobId: null, quotesStay: true });
  await runBulkJob(testKernel(desk.db.url), jobId);
  const { db, now } = testKernel(desk.db.url);
  expect(await db.batch([ticketsToErase(erasure)], { kind: 'load' })).toEqual([[]]);
  const again = await db.batch(eraseHistory(jobId, erasure, now), { kind: 'commit' });
  expect(again.flat().reduce((sum, { blanked }) => sum + blanked, 0)).toBe(0);
  expect(await everything()).toEqual(before);
});

test('messages are kept where that is asked for, without their name', async () => {
  const { id } = (await desk.owner.post('/contacts', { name: 'Wanda Fisk', emails: [{ email: 'w@fisk.example' }] }))
    .body;
  const { id: ticketId } = (
    await desk.owner.post('/tickets', { subject: 'A crash', body: 'At row 500.', requester: { contactId: id } })
  ).body;
  await desk.owner.post(`/tickets/${ticketId}/messages`, { body: 'Row 501 too.', as: { contactId: id } });
  const { jobId } = (await erase(id, { messages: 'keep' })).body;
  for (let n = 0; n < 9; n += 1) await runBulkJob(testKernel(desk.db.url), jobId);
  expect(await tablesThatSay(/wanda|fisk/i)).toEqual([]);
  expect((await desk.owner.get(`/tickets/${ticketId}`)).body.subject).toBe('A crash');
  const said = await desk.db.query('select body, author_name from ticket_messages where ticket_id = $1 order by seq', [
    idToUuid(ticketId),
  ]);
  expect(said).toMatchObject([{ body: 'At row 500.' }, { body: 'Row 501 too.', author_name: '' }]);
});
