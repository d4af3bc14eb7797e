import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS, PERMISSIONS } from '#services/access/permissions.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
import { openPeopleDesk, type PeopleDesk } from '../support/people.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

test('a key reads who it is, what it may do now and where, in one round trip', async () => {
  const { support, billing } = desk.world.teams;
  const member = await desk.world.member({ teams: [support] });
  await desk.world.grant(member, ['ticket.view_team', 'org.view', 'ticket.reply_public'], { teamId: support });
  const caller = desk.as(
    (
      await desk.world.keyFor(['ticket.view_team', 'ticket.reply_public'], {
        creator: member,
        teamIds: [support, billing],
      })
    ).token,
  );
  const answer = await caller.get('/me');
  expect(answer).toMatchObject({ status: 200, trips: 1 });
  expect(answer.body.actor).toMatchObject({
    kind: 'api_key',
    memberId: member.id,
    email: null,
    displayName: 'Test key',
  });
  const scope = { kind: 'team', id: support };
  expect(answer.body.grants).toEqual(
    ['ticket.reply_public', 'ticket.view_assigned', 'ticket.view_shared', 'ticket.view_team'].map((permission) => ({
      permission,
      scope,
      until: null,
    })),
  );
  expect(answer.body.teams).toEqual([{ teamId: support, name: 'Support', role: 'member' }]);
  expect(answer.body.limits.inboxIds).toBeNull();
  expect(new Set(answer.body.limits.teamIds)).toEqual(new Set([support, billing]));
});

test('says until when a grant lasts', async () => {
  const { caller, member } = await desk.holder(['org.view']);
  const until = new Date(Date.now() + 86_400_000);
  await desk.db.query(
    "update principal_role_assignments set expires_at = $2 where principal_id = public.from_typeid($1, 'prin')",
    [member.id, until],
  );
  expect((await caller.get('/me')).body.grants).toEqual([
    { permission: 'org.view', scope: { kind: 'workspace' }, until: until.toISOString() },
  ]);
});

test('somebody without any grant still learns who they are', async () => {
  const member = await desk.world.member();
  const caller = await desk.keyOf(member);
  expect(await caller.get('/me')).toMatchObject({ status: 200, body: { grants: [], teams: [], inboxes: [] } });
  expect((await caller.get('/permissions')).status).toBe(200);
});

test('what is personal is refused to a key', async () => {
  expect(await desk.owner.patch('/me', { displayName: 'X' })).toMatchObject({
    status: 403,
    body: { reason: 'person_required' },
  });
  expect(await desk.owner.post('/me/sign-out-everywhere')).toMatchObject({
    status: 403,
    body: { reason: 'person_required' },
  });
});

test('the catalogue of permissions is the code, and only for who has a credential', async () => {
  const { body, trips } = await desk.owner.get('/permissions');
  expect(trips).toBe(1);
  expect(body.data).toHaveLength(PERMISSION_KEYS.length);
  for (const { key, ...entry } of body.data) expect(entry).toEqual(PERMISSIONS[key as keyof typeof PERMISSIONS]);
  expect((await desk.worker.fetch('/api/v1/permissions')).status).toBe(401);
});

describe('a person', () => {
  let people: PeopleDesk;
  beforeAll(async () => {
    people = await openPeopleDesk();
  });
  afterAll(() => people.close());

  test('reads and changes their own name and picture, told of once', async () => {
    const member = await people.world.member();
    const token = await people.tokenOf(member);
    const before = await people.call('GET', '/me', { token });
    expect(before.body.actor).toMatchObject({
      kind: 'user',
      principalId: member.id,
      memberId: member.id,
      keyId: null,
      email: member.email,
    });
    const body = { displayName: 'Ines Duarte', avatarUrl: 'https://img.example/i.png' };
    const after = await people.call('PATCH', '/me', { token, body });
    expect(after).toMatchObject({ status: 200, trips: 2, body: { actor: { displayName: 'Ines Duarte' }, version: 2 } });
    expect(after.headers.get('etag')).toBe('"2"');
    expect((await people.call('GET', '/me', { token })).body).toEqual(after.body);
    expect(await people.call('PATCH', '/me', { token, body })).toMatchObject({ status: 200, trips: 1 });
    const rows = await people.db.query<{ payload: unknown }>(
      "select payload from events where type = 'member.updated'",
    );
    expect(rows).toHaveLength(1);
    expect(EVENTS['member.updated'].payload.parse(rows[0]?.payload)).toMatchObject({ displayName: 'Ines Duarte' });
    expect(
      await people.call('PATCH', '/me', { token, body: { displayName: 'X' }, headers: { 'if-match': '"1"' } }),
    ).toMatchObject({ status: 412 });
    expect(await people.call('PATCH', '/me', { token, body: { avatarUrl: 'http://img.example/i.png' } })).toMatchObject(
      { status: 400 },
    );
  });

  test('signs out everywhere: every token from before is refused, a later one and their keys count', async () => {
    const member = await people.world.member({ role: 'agent' });
    const key = await people.world.keyFor(['ticket.view_team'], { creator: member });
    const token = await people.tokenOf(member);
    expect(await people.call('POST', '/me/sign-out-everywhere', { token })).toMatchObject({ status: 204, trips: 2 });
    expect(await people.call('GET', '/me', { token })).toMatchObject({
      status: 401,
      body: { reason: 'token_revoked' },
    });
    expect(await people.call('GET', '/me', { token: key.token })).toMatchObject({ status: 200 });
    const [row] = await people.db.query<{ action: string }>(
      'select action from audit_events where target_id = $1 order by seq desc limit 1',
      [idToUuid(member.id)],
    );
    expect(row).toEqual({ action: 'member.updated' });
  });
});
