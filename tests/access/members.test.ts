import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const uuid = (thing: { id: Id }): string => idToUuid(thing.id);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('reading members', () => {
  test('address, state and grants are for those who administrate people', async () => {
    const { caller } = await desk.holder(['team.view']);
    const full = await desk.owner.get(`/members/${desk.world.agent.id}`);
    expect(full).toMatchObject({
      status: 200,
      trips: 1,
      body: {
        email: desk.world.agent.email,
        state: 'active',
        teams: [{ teamId: desk.world.teams.support, role: 'member' }],
        grants: [{ roleKey: 'agent', scope: { kind: 'workspace' } }],
      },
    });
    const short = await caller.get(`/members/${desk.world.agent.id}`);
    expect(Object.keys(short.body).sort()).toEqual(
      ['id', 'displayName', 'avatarUrl', 'teams', 'memberSince', 'memberEndedAt', 'version'].sort(),
    );
    expect(JSON.stringify((await caller.get('/members')).body)).not.toContain('@');
    expect(await caller.get('/members?state=suspended')).toMatchObject({
      status: 403,
      body: { reason: 'missing_permission' },
    });
  });

  test('lists by the start of the name, by team, page by page', async () => {
    const zoe = await desk.world.member({ teams: [desk.world.teams.billing] });
    await desk.db.query(`update principal set display_name = 'Zoë 100% Ünal' where id = $1`, [uuid(zoe)]);
    const ids = ({ body }: { body: { data: { id: string }[] } }) => body.data.map(({ id }) => id);
    expect(ids(await desk.owner.get(`/members?q=${encodeURIComponent('zoe 100%')}`))).toEqual([zoe.id]);
    expect(ids(await desk.owner.get(`/members?q=${encodeURIComponent('%')}`))).toEqual([]);
    expect(ids(await desk.owner.get(`/members?teamId=${desk.world.teams.billing}`))).toEqual([zoe.id]);
    const all = ids(await desk.owner.get('/members?limit=200'));
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await desk.owner.get(`/members?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      paged.push(...body.data.map(({ id }: { id: string }) => id));
      next = body.page.next;
    }
    expect(paged).toEqual(all);
  });

  test('a customer or a key is no member, and without sight nobody is', async () => {
    const key = await desk.world.keyFor(['team.view']);
    expect((await desk.owner.get(`/members/${key.principalId}`)).status).toBe(404);
    const { caller } = await desk.holder(['team.view'], { teamId: desk.world.teams.support });
    expect((await caller.get(`/members/${desk.world.agent.id}`)).status).toBe(404);
    expect((await caller.get('/members')).status).toBe(403);
  });
});

describe('changing how a member is shown', () => {
  test('moves the version, and keeps to rank', async () => {
    const member = await desk.world.member();
    const path = `/members/${member.id}`;
    expect(await desk.owner.patch(path, { displayName: 'New Name', avatarUrl: 'https://a.test/x.png' })).toMatchObject({
      status: 200,
      trips: 2,
      body: { displayName: 'New Name', version: 2 },
    });
    expect(await desk.owner.patch(path, { avatarUrl: null }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { current: { version: 2 } },
    });
    expect(await desk.owner.patch(path, {})).toMatchObject({ status: 200, trips: 1 });
    expect(await desk.owner.patch(path, { displayName: null })).toMatchObject({ status: 400 });
    expect(await desk.owner.patch(path, { avatarUrl: 'http://a.test/x.png' })).toMatchObject({ status: 400 });
    const { events } = await desk.told();
    expect(types(events)).toEqual(['member.updated']);
    const { caller } = await desk.holder(['admin.manage_users', 'team.view']);
    expect(await caller.patch(`/members/${desk.world.agent.id}`, { displayName: 'X' })).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
  });
});

describe('suspending and reinstating', () => {
  test('keys are 401 at once and work again with what they held', async () => {
    const { member, caller } = await desk.holder(['team.view']);
    expect((await caller.get('/teams')).status).toBe(200);
    const suspended = await desk.owner.post(`/members/${member.id}/suspend`, { reason: 'Lost laptop' });
    expect(suspended).toMatchObject({ status: 200, trips: 2, body: { state: 'suspended', grants: [{}] } });
    expect(await caller.get('/teams')).toMatchObject({ status: 401, body: { reason: 'creator_inactive' } });
    expect(await desk.owner.post(`/members/${member.id}/suspend`, {})).toMatchObject({ status: 200, trips: 1 });
    const [row] = await desk.db.query(`select tokens_valid_after from principal where id = $1`, [uuid(member)]);
    expect(row?.tokens_valid_after).not.toBeNull();
    expect((await desk.owner.post(`/members/${member.id}/reinstate`, {})).body.state).toBe('active');
    expect((await caller.get('/teams')).status).toBe(200);
    const { events, audit } = await desk.told();
    expect(events.map(({ payload }) => [payload.state, payload.reason])).toEqual([
      ['suspended', 'Lost laptop'],
      ['active', null],
    ]);
    expect(audit.map(({ changes }) => changes.state)).toEqual([
      ['active', 'suspended'],
      ['suspended', 'active'],
    ]);
  });

  test('of oneself, of somebody above, of nobody', async () => {
    const { member, caller } = await desk.holder(['admin.manage_users', 'team.view']);
    expect(await caller.post(`/members/${member.id}/suspend`, {})).toMatchObject({
      status: 409,
      body: { reason: 'self_change' },
    });
    for (const path of ['suspend', 'sign-out-everywhere'])
      expect(
        await caller.post(`/members/${desk.world.owner.id}/${path}`, path === 'suspend' ? {} : undefined),
      ).toMatchObject({
        status: 403,
        body: { reason: 'outranks_you' },
      });
    expect(await caller.delete(`/members/${desk.world.owner.id}`)).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
    expect((await caller.post(`/members/${desk.world.newId('prin')}/suspend`, {})).status).toBe(404);
    const above = await desk.holder(['ticket.delete']);
    await desk.owner.post(`/members/${above.member.id}/suspend`, {});
    expect(await caller.post(`/members/${above.member.id}/reinstate`, {})).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
  });

  test('signing somebody out moves the moment from which tokens count, and no key', async () => {
    const { member, caller } = await desk.holder(['team.view']);
    const before = Date.now();
    expect((await desk.owner.post(`/members/${member.id}/sign-out-everywhere`)).status).toBe(200);
    const [row] = await desk.db.query<{ at: Date }>(`select tokens_valid_after as at from principal where id = $1`, [
      uuid(member),
    ]);
    expect(row?.at.getTime()).toBeGreaterThanOrEqual(before - 1);
    expect((await caller.get('/teams')).status).toBe(200);
  });
});

test('demoting a creator narrows their keys on the next statement, and touches no key', async () => {
  const { member, caller } = await desk.holder(['team.view', 'ticket.view_all']);
  const roleId = (await desk.owner.get(`/members/${member.id}`)).body.grants[0].roleId;
  expect((await caller.get('/tickets')).status).toBe(200);
  const keys = () =>
    desk.db.query(`select revision, updated_at from api_keys where creator_principal_id = $1`, [uuid(member)]);
  const before = await keys();
  await desk.owner.patch(`/roles/${roleId}`, { permissions: ['team.view'] });
  expect((await caller.get('/tickets')).status).toBe(403);
  expect((await caller.get('/teams')).status).toBe(200);
  expect(await keys()).toEqual(before);
});
