import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS, type Permission } from '#services/access/permissions.ts';
import { type Answer, AUDIENCE, openPeopleDesk, type PeopleDesk } from '../support/people.ts';
import type { Member } from '../support/world.ts';

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

let desk: PeopleDesk;
beforeAll(async () => {
  desk = await openPeopleDesk();
});
afterAll(() => desk.close());

/** Somebody who manages keys and holds these permissions besides, in person. */
async function keeper(permissions: readonly Permission[] = []): Promise<{ member: Member; token: string }> {
  const member = await desk.world.member();
  await desk.world.grant(member, ['admin.manage_api_keys', ...permissions]);
  return { member, token: await desk.tokenOf(member) };
}
const make = (token: string, body: object = {}): Promise<Answer> =>
  desk.call('POST', '/api-keys', { token, body: { name: 'Import', scopes: ['ticket.view_all'], ...body } });
const refusal = (status: number, reason: string) => ({ status, body: { reason } });

describe('a key without an end', () => {
  test('is made by an owner in person and by nobody else', async () => {
    const { token } = await keeper(['ticket.view_all']);
    expect(await make(token, { expiresAt: null })).toMatchObject(refusal(403, 'owner_required'));
    const owner = await desk.tokenOf(desk.world.owner);
    const made = await make(owner, { expiresAt: null, scopes: ['admin.manage_users'] });
    expect(made).toMatchObject({ status: 201, body: { expiresAt: null, creatorId: desk.world.owner.id } });
  });

  test('is what a key with one becomes only through an owner', async () => {
    const { token } = await keeper(['ticket.view_all']);
    const { body: key } = await make(token);
    const change = { token, body: { expiresAt: null } };
    expect(await desk.call('PATCH', `/api-keys/${key.id}`, change)).toMatchObject(refusal(403, 'owner_required'));
  });
});

describe('widening a key', () => {
  test('needs the person who does it and its creator both to hold what it becomes', async () => {
    const creator = await keeper(['ticket.view_team']);
    const { body: key } = await make(creator.token, { scopes: ['ticket.view_team'] });
    const widen = async (token: string): Promise<Answer> =>
      desk.call('PATCH', `/api-keys/${key.id}`, { token, body: { scopes: ['ticket.view_all'] } });
    expect(await widen(creator.token)).toMatchObject(refusal(403, 'exceeds_ceiling'));
    const owner = await desk.tokenOf(desk.world.owner);
    expect(await widen(owner)).toMatchObject({ ...refusal(403, 'exceeds_ceiling'), body: { detail: /creator/ } });
    await desk.world.grant(creator.member, ['ticket.view_all']);
    const weaker = await keeper();
    expect(await widen(weaker.token)).toMatchObject(refusal(403, 'exceeds_ceiling'));
    expect(await widen(owner)).toMatchObject({ status: 200, body: { scopes: ['ticket.view_all'] } });
  });

  test('includes its limits, its addresses and its end', async () => {
    const { token } = await keeper(['ticket.view_all']);
    const { support, billing } = desk.world.teams;
    const { body: key } = await make(token, { teamIds: [support], allowedIps: ['192.0.2.0/24'], expiresAt: inDays(5) });
    const weaker = await keeper();
    for (const body of [
      { teamIds: null },
      { teamIds: [support, billing] },
      { allowedIps: [] },
      { allowedIps: ['192.0.0.0/16'] },
      { expiresAt: inDays(6) },
    ]) {
      expect(
        await desk.call('PATCH', `/api-keys/${key.id}`, { token: weaker.token, body }),
        JSON.stringify(body),
      ).toMatchObject(refusal(403, 'exceeds_ceiling'));
      expect(await desk.call('PATCH', `/api-keys/${key.id}`, { token, body })).toMatchObject({ status: 200 });
      await desk.call('PATCH', `/api-keys/${key.id}`, {
        token,
        body: { teamIds: [support], allowedIps: ['192.0.2.0/24'], expiresAt: inDays(4) },
      });
    }
    expect(await desk.call('PATCH', `/api-keys/${key.id}`, { token, body: { expiresAt: inDays(367) } })).toMatchObject(
      refusal(422, 'out_of_range'),
    );
  });
});

describe('adopting a key', () => {
  test('bounds it by the adopter from then on, while its creator is suspended', async () => {
    const creator = await keeper(['ticket.view_all']);
    const { body: key } = await make(creator.token);
    await desk.db.query("update principal set member_state = 'suspended' where id = $1", [idToUuid(creator.member.id)]);
    expect(await desk.call('GET', '/tickets', { token: `${key.token}` })).toMatchObject(
      refusal(401, 'creator_inactive'),
    );

    const weaker = await keeper(['ticket.view_team']);
    expect(await desk.call('POST', `/api-keys/${key.id}/adopt`, { token: weaker.token })).toMatchObject(
      refusal(403, 'exceeds_ceiling'),
    );
    const adopter = await keeper(['ticket.view_all']);
    const adopted = await desk.call('POST', `/api-keys/${key.id}/adopt`, { token: adopter.token });
    expect(adopted).toMatchObject({ status: 200, trips: 2, body: { creatorId: adopter.member.id, state: 'active' } });
    expect(await desk.call('GET', '/tickets', { token: `${key.token}` })).toMatchObject({ status: 200 });
    expect(await desk.call('POST', `/api-keys/${key.id}/adopt`, { token: adopter.token })).toMatchObject({
      status: 200,
      body: { version: adopted.body.version },
    });
    const [told] = await desk.db.query<{ payload: { changes: unknown } }>(
      "select payload from events where type = 'api_key.updated' and entity_id = $1",
      [idToUuid(key.id as never)],
    );
    expect(EVENTS['api_key.updated'].payload.parse(told?.payload).changes).toEqual([
      { field: 'creatorId', from: creator.member.id, to: adopter.member.id },
    ]);
    await desk.db.query(
      "update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1",
      [idToUuid(adopter.member.id)],
    );
    expect(await desk.call('GET', '/tickets', { token: `${key.token}` })).toMatchObject({ status: 403 });
  });

  test("without an end is an owner's to do, as is a new secret for it, and more for it to do", async () => {
    const owner = await desk.tokenOf(desk.world.owner);
    const { body: key } = await make(owner, { expiresAt: null });
    const { token } = await keeper(['ticket.view_all', 'org.view']);
    const path = `/api-keys/${key.id}`;
    const more = { scopes: ['ticket.view_all', 'org.view'] };
    const beyond = refusal(403, 'owner_required');
    expect(await desk.call('POST', `${path}/adopt`, { token })).toMatchObject(beyond);
    expect(await desk.call('POST', `${path}/rotate`, { token, body: {} })).toMatchObject(beyond);
    expect(await desk.call('PATCH', path, { token, body: more })).toMatchObject(beyond);
    expect(await desk.call('PATCH', path, { token: owner, body: more })).toMatchObject({ status: 200 });
    expect(await desk.call('PATCH', path, { token, body: { scopes: ['org.view'] } })).toMatchObject({ status: 200 });
  });
});

test('keys are handed on by who could have made them; dead ones bring nothing and take no room', async () => {
  const [leaver, heir, manager] = [await desk.world.member(), await desk.world.member(), await keeper()];
  await desk.world.grant(heir, ['ticket.view_all']);
  await desk.world.grant(manager.member, ['admin.manage_users', 'team.view', 'ticket.view_all']);
  for (const creator of [leaver, ...Array<Member>(50).fill(heir)])
    await desk.world.keyFor(['org.manage'], { creator, expiresAt: new Date(Date.now() - DAY_MS) });
  const key = await desk.world.keyFor(['ticket.view_all'], { creator: leaver });
  const path = `/members/${leaver.id}?transferKeysTo=${heir.id}`;
  const remove = (token: string) => desk.call('DELETE', path, { token });
  expect(await remove(manager.token)).toMatchObject(refusal(403, 'owner_required'));
  await desk.db.query("update api_keys set expires_at = now() + interval '9 days' where id = $1", [idToUuid(key.id)]);
  expect(await remove(manager.token)).toMatchObject({ status: 200 });
});

test('the creator in person rotates a key that holds more than they do now', async () => {
  const { member, token } = await keeper();
  const key = await desk.world.keyFor(['ticket.view_all'], { creator: member });
  expect(await desk.call('POST', `/api-keys/${key.id}/rotate`, { token, body: {} })).toMatchObject({ status: 200 });
});

test('a token that scopes cut is no owner in person, and gets no secret of a key that holds more', async () => {
  const id = await desk.trust({ issuer: 'https://cut.example', jwksUrl: desk.issuer.jwksUrl }, { scopeClaim: ['scp'] });
  await desk.link(desk.world.owner, 'cut', id);
  const cut = (...scp: Permission[]) =>
    desk.issuer.sign({ iss: 'https://cut.example', sub: 'cut', aud: AUDIENCE, scp });
  const token = await cut('admin.manage_api_keys', 'admin.manage_settings', 'ticket.view_all');
  const expiresAt = new Date(Date.now() + DAY_MS);
  const key = await desk.world.keyFor(['org.view'], { creator: desk.world.owner, expiresAt });
  const rotate = (by: string) => desk.call('POST', `/api-keys/${key.id}/rotate`, { token: by, body: {} });
  expect(await rotate(token)).toMatchObject(refusal(403, 'exceeds_ceiling'));
  expect(await make(token, { scopes: ['org.view'] })).toMatchObject(refusal(403, 'exceeds_ceiling'));
  expect(await make(token, { expiresAt: null })).toMatchObject(refusal(403, 'owner_required'));
  const body = { issuer: 'https://taken.example', audiences: [AUDIENCE] };
  expect(await desk.call('POST', '/auth-issuers', { token, body })).toMatchObject(refusal(403, 'owner_required'));
  const whole = await cut(...PERMISSION_KEYS);
  expect((await rotate(whole)).status).toBe(200);
  expect((await make(whole, { expiresAt: null })).status).toBe(201);
});
