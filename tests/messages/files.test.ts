import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';
import { sha256Hex, storedKeys, upload } from '../support/files.ts';

const FILES = 'https://files.desk.test';
const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex');

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk({ FILES_ORIGIN: FILES });
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.db.query("delete from ticket_attachments where state = 'staged'");
  await desk.told();
});

const uuid = (id: string): string => idToUuid(id as Id);

const send = (bytes: string | Uint8Array, filename?: string, headers?: Record<string, string>, by = desk.owner) =>
  upload(desk.worker, by.token, bytes, filename, headers);

async function staged(bytes: string | Uint8Array, filename?: string, by = desk.owner): Promise<string> {
  const { status, body } = await send(bytes, filename, {}, by);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

/** A message with a file on a ticket. */
async function posted(
  options: { bytes?: string | Uint8Array; filename?: string; audience?: string; by?: Caller } = {},
) {
  const { bytes = 'It stops at row 500.', filename, audience = 'public', by = desk.owner } = options;
  const ticket = await desk.world.ticket({ primaryTeamId: desk.world.teams.support });
  const id = await staged(bytes, filename, by);
  const answer = await by.post(`/tickets/${ticket.id}/messages`, { body: '', audience, attachmentIds: [id] });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { ticket, id, message: answer.body.message, answer };
}

async function linkOf(id: string, by = desk.owner): Promise<string> {
  const { status, body, trips } = await by.get(`/attachments/${id}/link`);
  expect([status, trips]).toEqual([200, 1]);
  expect(body.url.startsWith(`${FILES}/files/`)).toBe(true);
  return body.url;
}

const open = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  desk.worker.fetch(path, { headers, method });

describe('an upload', () => {
  test('is streamed into storage, told by its bytes, and waits a day for its message', async () => {
    const text = 'row 500\n'.repeat(40_000);
    const digest = `sha-256=:${createHash('sha256').update(text).digest('base64')}:, md5=:AAAA:`;
    const { status, body } = await send(text, '../Über.html', {
      'content-digest': digest,
      'content-type': 'text/html',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      filename: 'Über.html',
      contentType: 'text/plain',
      sizeBytes: text.length,
      sha256: sha256Hex(text),
    });
    const [row] = await desk.db.query(
      `select state, declared_type, storage_key, expires_at - created_at as life from ticket_attachments where id = $1`,
      [uuid(body.id)],
    );
    expect(row).toMatchObject({ state: 'staged', declared_type: 'text/html', life: { days: 1 } });
    expect(row?.storage_key).toMatch(/^a\/\d{4}-\d\d-\d\d\/[0-9a-f]{32}$/);
    expect(await storedKeys(desk.worker)).toContain(row?.storage_key);
    expect((await desk.told()).events).toEqual([]);
  });

  test('needs a name and bytes, and the digest it announces; what is refused leaves neither row nor object', async () => {
    const before = await storedKeys(desk.worker);
    const refusals = [
      [await send('x', 'x.txt', { 'content-disposition': 'attachment' }), 400, undefined],
      [await send('x', 'x.txt', { 'content-digest': 'sha-256=abc' }), 400, undefined],
      [await send('', 'x.txt'), 400, undefined],
      [await send('x', 'x.txt', { 'content-digest': `sha-256=:${'A'.repeat(43)}=:` }), 422, 'digest_mismatch'],
      [await send('MZ\u0000\u0001', 'notes.txt'), 415, undefined],
      [await send(Buffer.from('7f454c4602', 'hex'), 'notes.txt'), 415, undefined],
      [await send('#!/bin/sh\n', 'notes.txt', { 'content-type': 'text/plain' }), 415, undefined],
    ] as const;
    for (const [{ status, body }, expected, reason] of refusals) {
      expect(status, JSON.stringify(body)).toBe(expected);
      expect(body.reason).toBe(reason);
    }
    expect(await desk.db.query("select from ticket_attachments where state = 'staged'")).toEqual([]);
    expect(await storedKeys(desk.worker)).toEqual(before);
  });

  test('may be as large as the workspace says, and of types that it adds; machine code never', async () => {
    const own = Buffer.from('0001020304', 'hex');
    await desk.db.query(
      `update ticket_settings set attachment_max_bytes = 6, extra_content_types = '{application/x-own}'`,
    );
    const declared = { 'content-type': 'application/X-Own; v=1' };
    expect((await send('1234567')).status).toBe(413);
    expect((await send(own, 'a.own')).status).toBe(415);
    expect((await send(own, 'a.own', declared)).body.contentType).toBe('application/x-own');
    expect((await send('MZ\u0000\u0001', 'a.own', declared)).status).toBe(415);
    await desk.db.query(`update ticket_settings set attachment_max_bytes = default, extra_content_types = default`);
  });

  test('is one of twenty that wait, of 200 MiB together', async () => {
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.reply_public']);
    const id = await staged('x', 'x.txt', caller);
    await desk.db.query('update ticket_attachments set size_bytes = 200 * 1024 * 1024 where id = $1', [uuid(id)]);
    expect((await send('x', 'x.txt', {}, caller)).body).toMatchObject({ status: 422, reason: 'limit_reached' });
    await desk.db.query('update ticket_attachments set size_bytes = 1 where id = $1', [uuid(id)]);
    for (let n = 1; n < 20; n += 1) await staged('x', 'x.txt', caller);
    expect((await send('x', 'x.txt', {}, caller)).body).toMatchObject({ status: 422, reason: 'limit_reached' });
    expect((await send('x')).status).toBe(201);
  });
});

describe('a message', () => {
  test('takes files that its poster staged, and tells of them', async () => {
    const { message, id } = await posted();
    const file = { id, filename: 'log.txt', contentType: 'text/plain', sizeBytes: 20 };
    expect(message.attachments).toEqual([file]);
    const { events } = await desk.told();
    expect(events).toMatchObject([{ type: 'ticket.message_added', payload: { message: { attachments: [file] } } }]);
  });

  test('that opens a ticket takes them too, without a word', async () => {
    const id = await staged('x');
    const { status, body } = await desk.owner.post('/tickets', { subject: 'See the log', attachmentIds: [id] });
    expect([status, body.messageSeq]).toEqual([201, 1]);
    const { events } = await desk.told();
    expect(events).toMatchObject([{ type: 'ticket.created', payload: { opening: { attachments: [{ id }] } } }]);
    const thread = await desk.owner.get(`/tickets/${body.id}/messages`);
    expect(thread.body.data).toMatchObject([{ isOpening: true, body: '', attachments: [{ id }] }]);
  });

  test("takes nobody else's file, no expired one, none twice, and no more than ticket and message hold", async () => {
    const ticket = await desk.world.ticket();
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.reply_public']);
    const [foreign, expired, used] = [await staged('x', 'x.txt', caller), await staged('x'), (await posted()).id];
    await desk.db.query(`update ticket_attachments set expires_at = now() - interval '1 second' where id = $1`, [
      uuid(expired),
    ]);
    const post = async (attachmentIds: string[]) =>
      (await desk.owner.post(`/tickets/${ticket.id}/messages`, { body: 'Here', attachmentIds })).body;
    for (const id of [foreign, expired, desk.world.newId('tatt')])
      expect(await post([id])).toMatchObject({ status: 422, reason: 'unknown_reference' });
    const good = await staged('x');
    expect(await post([good, used])).toMatchObject({ status: 409, reason: 'attachment_used' });
    expect(await post([good, good])).toMatchObject({ status: 400 });
    expect(await post(Array.from({ length: 11 }, () => desk.world.newId('tatt')))).toMatchObject({ status: 400 });
    await desk.db.query('update ticket_attachments set ticket_id = $2, size_bytes = 500 * 1024 * 1024 where id = $1', [
      uuid(used),
      uuid(ticket.id),
    ]);
    expect(await post([good])).toMatchObject({ status: 422, reason: 'too_many_files' });
    const [row] = await desk.db.query('select state from ticket_attachments where id = $1', [uuid(good)]);
    expect(row?.state).toBe('staged');
    expect((await desk.told()).events.filter(({ entity_id }) => entity_id === uuid(ticket.id))).toEqual([]);
  });

  test('is one of two that name the same file at once: the file is on exactly one', async () => {
    const [one, two] = [await desk.world.ticket(), await desk.world.ticket()];
    const id = await staged('x');
    const ask = { body: 'Here', attachmentIds: [id] };
    const late = await desk.overtaken(
      () => desk.owner.post(`/tickets/${one.id}/messages`, ask),
      async () => {
        expect((await desk.owner.post(`/tickets/${two.id}/messages`, ask)).status).toBe(201);
      },
    );
    expect(late.body).toMatchObject({ status: 409, reason: 'attachment_used', attachmentId: id });
    const threads = await Promise.all([one, two].map((each) => desk.owner.get(`/tickets/${each.id}/messages`)));
    expect(threads.map(({ body }) => body.data.length)).toEqual([1, 2]);
  });
});

describe('a link', () => {
  test('opens the file in one trip, whole or in parts, as a download in a sandbox', async () => {
    const { id } = await posted({ filename: 'Über.txt' });
    const path = await linkOf(id);
    const whole = await open(path);
    expect([whole.status, await whole.text()]).toEqual([200, 'It stops at row 500.']);
    expect(whole.headers.get('server-timing')).toBe('db;desc="1"');
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="_ber.txt"; filename*=UTF-8''%C3%9Cber.txt`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
    });
    const part = await open(path, { range: 'bytes=3-7' });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, 'stops', 'bytes 3-7/20']);
    expect(await (await open(path, { range: 'bytes=-4' })).text()).toBe('500.');
    const stale = await open(path, { range: 'bytes=3-7', 'if-range': '"other"' });
    expect([stale.status, await stale.text()]).toEqual([200, 'It stops at row 500.']);
    const beyond = await open(path, { range: 'bytes=20-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */20']);
    expect((await open(path, {}, 'HEAD')).status).toBe(200);
  });

  test('opens on the origin of files alone, where nothing else is served', async () => {
    const link = await linkOf((await posted()).id);
    const { pathname } = new URL(link);
    const sneaking = pathname.replace('/files', '/%66iles');
    for (const path of [pathname, sneaking]) expect((await open(path)).status, path).toBe(404);
    for (const path of ['/api/v1/tickets', '/', '/filesystem', '/csat/x'])
      expect((await open(`${FILES}${path}`, { authorization: `Bearer ${desk.owner.token}` })).status, path).toBe(404);
    const preflight = { origin: 'https://app.test', 'access-control-request-method': 'GET' };
    expect((await open(`${FILES}/api/v1/tickets`, preflight, 'OPTIONS')).status).toBe(404);
    const served = [link, `${FILES}/health/live`, '/health/live'];
    for (const path of served) expect((await open(path)).status, path).toBe(200);
  });

  test('shows pictures, and no markup under any name or type', async () => {
    const picture = await open(await linkOf((await posted({ bytes: PNG, filename: 'a.png' })).id));
    expect(picture.headers.get('content-disposition')).toMatch(/^inline;/);
    await picture.body?.cancel();
    for (const markup of ['<!doctype html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg"/>']) {
      const { headers, body } = await open(await linkOf((await posted({ bytes: markup, filename: 'a.png' })).id));
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      await body?.cancel();
    }
  });

  test('dies with its message, within one request; who may restore still opens it', async () => {
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.reply_public']);
    const { id, ticket, message } = await posted();
    const [owned, shared] = [await linkOf(id), await linkOf(id, caller)];
    expect((await desk.owner.delete(`/tickets/${ticket.id}/messages/${message.id}`)).status).toBe(204);
    expect([(await open(owned)).status, (await open(shared)).status]).toEqual([200, 404]);
    expect((await caller.get(`/attachments/${id}/link`)).status).toBe(404);
    await desk.db.query('update tickets set deleted_at = now() where id = $1', [uuid(ticket.id)]);
    expect((await open(owned)).status).toBe(404);
  });

  test("dies when its holder's right ends: the grant, the key, the member", async () => {
    const { id } = await posted();
    const ends: ((member: { id: string }, token: string) => Promise<unknown>)[] = [
      (member) =>
        desk.db.query(
          'update principal_role_assignments set revoked_at = now(), revoke_reason = $2 where principal_id = $1',
          [uuid(member.id), 'manual'],
        ),
      (member) => desk.db.query("update principal set member_state = 'suspended' where id = $1", [uuid(member.id)]),
      (_, token) =>
        desk.db.query("update api_keys set revoked_at = now(), revoke_reason = 'manual' where id = $1", [
          uuid(`key_${token.slice(3, 29)}`),
        ]),
    ];
    for (const end of ends) {
      const { member, caller } = await desk.holder(['ticket.view_all']);
      const path = await linkOf(id, caller);
      const before = await open(path);
      expect([before.status, await before.text()]).toEqual([200, 'It stops at row 500.']);
      await end(member, caller.token);
      expect((await open(path)).status).toBe(404);
    }
  });

  test('to a file of a note, or of a team, is given to readers of that message alone', async () => {
    const { id } = await posted({ audience: 'internal' });
    const reader = (await desk.holder(PERMISSION_KEYS.filter((key) => key !== 'ticket.comment_internal'))).caller;
    expect((await reader.get(`/attachments/${id}/link`)).status).toBe(404);
    const elsewhere = await desk.world.member();
    await desk.world.grant(elsewhere, ['ticket.view_team'], { teamId: desk.world.teams.billing });
    expect((await (await desk.keyOf(elsewhere)).get(`/attachments/${id}/link`)).status).toBe(404);
    expect((await desk.owner.get(`/attachments/${await staged('x')}/link`)).status).toBe(404);
  });

  test('that was altered, or is over, is the same 404 as none, for no trip', async () => {
    const path = await linkOf((await posted()).id);
    const other = await linkOf((await posted()).id);
    const [file, holder, end = '', mac = ''] = path.slice(`${FILES}/files/`.length).split('.');
    const tokens = [
      [other.slice(`${FILES}/files/`.length).split('.')[0], holder, end, mac].join('.'),
      [file, holder, (Number.parseInt(end, 36) + 60).toString(36), mac].join('.'),
      [file, holder, end, `${mac[0] === 'A' ? 'B' : 'A'}${mac.slice(1)}`].join('.'),
      'x',
    ];
    const texts = new Set<string>();
    for (const token of tokens) {
      const before = desk.worker.proxy.stats.requests;
      const answer = await open(`${FILES}/files/${token}`);
      expect([answer.status, desk.worker.proxy.stats.requests - before]).toEqual([404, 0]);
      const { requestId: _id, instance: _path, ...problem } = (await answer.json()) as Record<string, unknown>;
      texts.add(JSON.stringify(problem));
    }
    expect(texts.size).toBe(1);
  });
});
