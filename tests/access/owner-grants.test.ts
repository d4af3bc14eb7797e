import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { systemRoleId } from '../support/access-desk.ts';
import { openPeopleDesk, type PeopleDesk } from '../support/people.ts';

let desk: PeopleDesk;
beforeAll(async () => {
  desk = await openPeopleDesk();
});
afterAll(() => desk.close());

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

test('an owner in person makes another, for a while or for good, at the workspace only', async () => {
  const token = await desk.tokenOf(desk.world.owner);
  const roleId = await systemRoleId(desk.db, 'owner');
  const heir = await desk.world.member();
  const grants = `/members/${heir.id}/role-assignments`;
  expect(
    await desk.call('POST', grants, { token, body: { roleId, scope: { kind: 'team', id: desk.world.teams.support } } }),
  ).toMatchObject({ status: 422, body: { reason: 'scope_not_allowed' } });
  const revision = async () =>
    (await desk.db.query<{ revision: number }>('select revision from roles where id = $1', [idToUuid(roleId)]))[0]
      ?.revision;
  const before = await revision();
  const made = await desk.call('POST', grants, { token, body: { roleId, expiresAt: inDays(2) } });
  expect(made).toMatchObject({ status: 201, body: { role: { key: 'owner' } } });
  expect(await revision()).toBe((before ?? 0) + 1);

  const path = `/role-assignments/${made.body.id}`;
  const key = await desk.world.keyFor(
    (await desk.db.query<{ key: string }>('select key from permissions where retired_at is null')).map(
      (row) => row.key as 'team.view',
    ),
  );
  expect(await desk.call('PATCH', path, { token: key.token, body: { expiresAt: null } })).toMatchObject({
    status: 403,
    body: { reason: 'person_required' },
  });
  expect((await desk.call('PATCH', path, { token, body: { expiresAt: null } })).status).toBe(200);
  expect(await desk.call('DELETE', path, { token: await desk.tokenOf(heir) })).toMatchObject({
    status: 409,
    body: { reason: 'self_change' },
  });
});

test('somebody with every permission is no owner and makes none', async () => {
  const peer = await desk.world.member();
  const all = await desk.db.query<{ key: string }>('select key from permissions where retired_at is null');
  await desk.world.grant(
    peer,
    all.map((row) => row.key as 'team.view'),
  );
  const heir = await desk.world.member();
  expect(
    await desk.call('POST', `/members/${heir.id}/role-assignments`, {
      token: await desk.tokenOf(peer),
      body: { roleId: await systemRoleId(desk.db, 'owner') },
    }),
  ).toMatchObject({ status: 403, body: { reason: 'owner_required' } });
});

test('who becomes owner has a verified address', async () => {
  const heir = await desk.world.member();
  await desk.db.query('update "user" set email_verified = false where id = $1', [idToUuid(heir.userId)]);
  expect(
    await desk.call('POST', `/members/${heir.id}/role-assignments`, {
      token: await desk.tokenOf(desk.world.owner),
      body: { roleId: await systemRoleId(desk.db, 'owner') },
    }),
  ).toMatchObject({ status: 422, body: { reason: 'user_not_verified' } });
});

test('signing out everywhere ends the tokens given before, and none given after', async () => {
  const { world } = desk;
  const token = await desk.tokenOf(world.agent);
  expect((await desk.call('GET', '/teams', { token })).status).toBe(200);
  const path = `/members/${world.agent.id}/sign-out-everywhere`;
  await new Promise((done) => setTimeout(done, 1100));
  expect((await desk.call('POST', path, { token: await desk.tokenOf(world.owner) })).status).toBe(200);
  expect(await desk.call('GET', '/teams', { token })).toMatchObject({ status: 401, body: { reason: 'token_revoked' } });
});
