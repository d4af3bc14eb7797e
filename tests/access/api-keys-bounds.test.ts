import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { formatApiKey, newSecret } from '#services/access/credential.ts';
import { PERMISSION_KEYS, type Permission } from '#services/access/permissions.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';
import { makeJob } from '../support/job-things.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const made = async (body: object = {}, by: Caller = desk.owner) => {
  const answer = await by.post('/api-keys', { name: 'Import', scopes: ['ticket.view_all'], ...body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
  return answer.body;
};
const works = async (token: string): Promise<number> => (await desk.as(token).get('/tickets')).status;
const refusal = (status: number, reason: string) => ({ status, body: { reason } });

describe('the person behind a key', () => {
  const scopes: readonly Permission[] = ['ticket.view_all', 'admin.manage_api_keys'];

  test('suspended, puts it to sleep at once, and back with them it works', async () => {
    const { member, caller } = await desk.holder(scopes);
    const key = await made({ scopes: ['ticket.view_all'] }, caller);
    const state = (value: string) =>
      desk.db.query('update principal set member_state = $2 where id = $1', [idToUuid(member.id), value]);
    await state('suspended');
    expect(await desk.as(key.token).get('/tickets')).toMatchObject(refusal(401, 'creator_inactive'));
    expect(await desk.owner.get(`/api-keys/${key.id}`)).toMatchObject({ body: { state: 'asleep', permissions: [] } });
    await state('active');
    expect(await works(key.token)).toBe(200);
  });

  test('demoted, narrows it on the next statement with no row of it touched', async () => {
    const { member, caller } = await desk.holder(scopes);
    const key = await made({ scopes: ['ticket.view_all'] }, caller);
    expect(await works(key.token)).toBe(200);
    const row = () => desk.db.query('select xmin, scope_keys from api_keys where id = $1', [idToUuid(key.id)]);
    await new Promise((done) => setTimeout(done, 200));
    const before = await row();
    await desk.db.query(
      "update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1",
      [idToUuid(member.id)],
    );
    expect(await works(key.token)).toBe(403);
    expect(await row()).toEqual(before);
  });
});

describe('the limits of a key', () => {
  test('to teams that are all archived leave it nothing, and an empty limit cannot be stored', async () => {
    const { body: team } = await desk.owner.post('/teams', { slug: 'shortlived', name: 'Short-lived' });
    const key = await made({ scopes: ['ticket.view_all'], teamIds: [team.id] });
    const ticket = await desk.world.ticket({ primaryTeamId: team.id });
    expect((await desk.as(key.token).get(`/tickets/${ticket.id}`)).status).toBe(200);
    await desk.db.query('update teams set archived_at = now() where id = $1', [idToUuid(team.id)]);
    expect((await desk.as(key.token).get(`/tickets/${ticket.id}`)).status).toBe(404);
    expect(await desk.as(key.token).get('/tickets')).toMatchObject({ body: { data: [] } });
    await expect(
      desk.db.query("update api_keys set team_ids = '{}' where id = $1", [idToUuid(key.id)]),
    ).rejects.toThrow(/check/);
  });

  test('keep it out of workspace routes, and its tickets within them', async () => {
    const { support, billing } = desk.world.teams;
    const { id: jobId } = await makeJob(desk.world);
    const limited = await desk.world.keyFor(
      [
        'ticket.view_all',
        'ticket.create',
        'ticket.edit_fields',
        'ticket.bulk_operate',
        'admin.manage_api_keys',
        'admin.manage_settings',
      ],
      { teamIds: [support] },
    );
    const caller = desk.as(limited.token);
    expect(await caller.get('/api-keys')).toMatchObject(refusal(403, 'key_limit'));
    expect(await caller.get('/workspace')).toMatchObject(refusal(403, 'key_limit'));
    expect((await desk.owner.get(`/bulk-jobs/${jobId}`)).status).toBe(200);
    expect((await caller.get(`/bulk-jobs/${jobId}`)).status).toBe(404);
    const create = (primaryTeamId: string) => caller.post('/tickets', { subject: 'S', body: 'B', primaryTeamId });
    expect(await create(billing)).toMatchObject(refusal(403, 'key_limit'));
    const ticket = await create(support);
    expect(ticket.status).toBe(201);
    expect(await caller.patch(`/tickets/${ticket.body.id}`, { primaryTeamId: billing })).toMatchObject(
      refusal(403, 'key_limit'),
    );
  });

  test('hold against every way to move a ticket out of them, and to file one elsewhere', async () => {
    const { teams, inboxes } = desk.world;
    const { support, billing } = teams;
    const key = async (limits: { teamIds?: (typeof support)[]; inboxIds?: (typeof inboxes.help)[] }) =>
      desk.as(
        (
          await desk.world.keyFor(
            PERMISSION_KEYS.filter((each) => each.startsWith('ticket.')),
            limits,
          )
        ).token,
      );
    const ofTeam = await key({ teamIds: [support] });
    const ofInbox = await key({ inboxIds: [inboxes.help] });
    const held = await desk.world.ticket({ primaryTeamId: billing, assigneeTeamId: support });
    const inside = await desk.world.ticket({ primaryTeamId: support, inboxId: inboxes.help });
    const out = { assigneeTeamId: billing };
    for (const [caller, way] of [
      [ofTeam, (by: Caller) => by.post(`/tickets/${held.id}/assign`, out)],
      [ofTeam, (by: Caller) => by.post(`/tickets/${held.id}/assign`, { assigneeTeamId: null })],
      [ofTeam, (by: Caller) => by.patch(`/tickets/${inside.id}`, { primaryTeamId: null })],
      [ofTeam, (by: Caller) => by.patch(`/tickets/${inside.id}`, { inboxId: inboxes.invoices })],
      [ofInbox, (by: Caller) => by.patch(`/tickets/${inside.id}`, { inboxId: null })],
      [
        ofTeam,
        (by: Caller) =>
          by.post('/tickets', { subject: 'S', body: 'B', inboxId: inboxes.invoices, assigneeTeamId: support }),
      ],
      [ofInbox, (by: Caller) => by.post('/tickets', { subject: 'S', body: 'B', inboxId: inboxes.invoices })],
    ] as const)
      expect(await way(caller), way.toString()).toMatchObject(refusal(403, 'key_limit'));
    const many = await ofTeam.post('/tickets/bulk', { ids: [held.id], action: { type: 'assign', ...out } });
    expect(many.body.results).toMatchObject([{ state: 'refused', reason: 'key_limit' }]);
    expect((await ofTeam.post(`/tickets/${inside.id}/assign`, out)).status).toBe(200);
    expect((await ofTeam.get(`/tickets/${inside.id}`)).body.assigneeTeamId).toBe(billing);
  });

  test('to addresses take an IPv4 in the clothes of IPv6 for what it is', async () => {
    const key = await made({ allowedIps: ['10.0.0.0/8'] });
    const from = async (ip: string) =>
      (
        await desk.worker.fetch('/api/v1/tickets', {
          headers: { authorization: `Bearer ${key.token}`, 'cf-connecting-ip': ip },
        })
      ).json();
    expect(await from('::ffff:11.0.0.1')).toMatchObject({ status: 401, reason: 'ip_denied' });
    expect(await from('11.0.0.1')).toMatchObject({ status: 401, reason: 'ip_denied' });
    expect(await from('2001:db8::1')).toMatchObject({ status: 401, reason: 'ip_denied' });
    for (const ip of ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1']) expect(await from(ip)).toHaveProperty('data');
  });
});

describe('a wrong secret', () => {
  const forged = (keyId: string) => formatApiKey(keyId as never, newSecret());

  test('of a live, dead, expired, sleeping or absent key is one and the same 401', async () => {
    const dead = await made();
    await desk.owner.delete(`/api-keys/${dead.id}`);
    const live = await made();
    const over = await desk.world.keyFor(['ticket.view_all'], { expiresAt: new Date(Date.now() - 1000) });
    const { member: sleeper } = await desk.holder(['ticket.view_all']);
    const asleep = await desk.world.keyFor(['ticket.view_all'], { creator: sleeper });
    await desk.db.query("update principal set member_state = 'suspended' where id = $1", [idToUuid(sleeper.id)]);
    expect(await desk.as(asleep.token).get('/tickets')).toMatchObject(refusal(401, 'creator_inactive'));
    const elsewhere = await made({ allowedIps: ['192.0.2.1'] });
    const texts = await Promise.all(
      [live.id, dead.id, over.id, asleep.id, elsewhere.id, desk.world.newId('key')].map(async (id) => {
        const { status, body } = await desk.as(forged(id)).get('/tickets');
        return JSON.stringify({ status, ...body, requestId: '' });
      }),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('"status":401');
    expect(texts[0]).not.toContain('reason');
  });

  test('for a known key leaves one audit row a minute, for an unknown one none', async () => {
    const key = await made();
    await desk.told();
    const minute = new Date().getMinutes();
    await Promise.all([1, 2, 3].map(() => desk.as(forged(key.id)).get('/tickets')));
    await desk.as(forged(desk.world.newId('key'))).get('/tickets');
    const { audit, events } = await desk.told();
    const most = new Date().getMinutes() === minute ? 1 : 2;
    expect(audit.length).toBeLessThanOrEqual(most);
    expect(audit[0]).toMatchObject({
      action: 'access.denied',
      outcome: 'denied',
      reason: 'wrong_secret',
      actor_kind: 'system',
      target_id: idToUuid(key.id),
    });
    expect(events).toEqual([]);
    expect(await works(key.token)).toBe(200);
  });

  test('with a wrong checksum costs no database trip', async () => {
    const key = await made();
    const requests = desk.worker.proxy.stats.requests;
    expect(await works(`${key.token.slice(0, -1)}${key.token.endsWith('a') ? 'b' : 'a'}`)).toBe(401);
    expect(await works(`mk_${'0'.repeat(9000)}`)).toBe(401);
    expect(desk.worker.proxy.stats.requests).toBe(requests);
  });
});

describe('the use of a key', () => {
  const used = async (id: string) =>
    (
      await desk.db.query<{ last_used_at: Date | null; last_ip: string | null }>(
        'select last_used_at, last_ip from api_keys where id = $1',
        [idToUuid(id as never)],
      )
    )[0];

  test('is noted behind a read, at most once in ten minutes', async () => {
    const key = await made();
    const read = await desk.worker.fetch('/api/v1/tickets', {
      headers: { authorization: `Bearer ${key.token}`, 'cf-connecting-ip': '192.0.2.1' },
    });
    expect(read.headers.get('server-timing')).toContain('desc="1"');
    await expect.poll(async () => (await used(key.id))?.last_ip).toBe('192.0.2.1');
    const first = await used(key.id);
    const requests = desk.worker.proxy.stats.requests;
    await works(key.token);
    await new Promise((done) => setTimeout(done, 100));
    expect(await used(key.id)).toEqual(first);
    expect(desk.worker.proxy.stats.requests).toBe(requests + 1);
    await desk.db.query("update api_keys set last_used_at = now() - interval '11 minutes' where id = $1", [
      idToUuid(key.id),
    ]);
    await works(key.token);
    await expect.poll(async () => Number((await used(key.id))?.last_used_at)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('is part of the commit of a change', async () => {
    const key = await made({ scopes: ['ticket.create'] });
    const requests = desk.worker.proxy.stats.requests;
    const answer = await desk.as(key.token).post('/tickets', { subject: 'S', body: 'B' });
    expect(answer).toMatchObject({ status: 201, trips: 2 });
    expect(desk.worker.proxy.stats.requests).toBe(requests + 2);
    expect((await used(key.id))?.last_used_at).not.toBeNull();
  });
});

test('keys are listed the newest first, by state and creator, page by page', async () => {
  const { member, caller } = await desk.holder(['admin.manage_api_keys', 'ticket.create']);
  const keys = [];
  for (let i = 0; i < 3; i += 1) keys.push(await made({ scopes: ['ticket.create'] }, caller));
  await desk.owner.delete(`/api-keys/${keys[1]?.id}`);
  const list = `/api-keys?creatorId=${member.id}&state=active`;
  const first = await desk.owner.get(`${list}&limit=2`);
  expect(first).toMatchObject({ status: 200, trips: 1 });
  expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual([keys[2]?.id, keys[0]?.id]);
  const second = await desk.owner.get(`${list}&limit=2&cursor=${first.body.page.next}`);
  expect(second.body.data).toHaveLength(1);
  expect(second.body.page).toEqual({ next: null, hasMore: false });
  expect((await desk.owner.get(`/api-keys?creatorId=${member.id}&state=revoked`)).body.data).toMatchObject([
    { id: keys[1]?.id, state: 'revoked', revokeReason: 'manual' },
  ]);
  expect(JSON.stringify(first.body)).not.toContain('token');
});
