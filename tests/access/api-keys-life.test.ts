import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

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

describe('changing a key', () => {
  test('narrows it for any manager, from the next request on', async () => {
    const { caller } = await desk.holder(['admin.manage_api_keys']);
    const key = await made({ scopes: ['ticket.view_all', 'org.view'] });
    await desk.told();
    const answer = await caller.patch(`/api-keys/${key.id}`, {
      name: 'Less',
      scopes: ['ticket.view_shared'],
      teamIds: [desk.world.teams.billing],
      expiresAt: inDays(1),
    });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status: 200,
      trips: 2,
      body: { name: 'Less', scopes: ['ticket.view_shared'], version: 2 },
    });
    expect(answer.headers.get('etag')).toBe('"2"');
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([
      { type: 'api_key.updated', payload: { added: ['ticket.view_shared'], removed: ['org.view', 'ticket.view_all'] } },
    ]);
    expect(EVENTS['api_key.updated'].payload.parse(events[0]?.payload)).toBeTruthy();
    expect(audit[0].changes.name).toEqual(['Import', 'Less']);
    const [service] = await desk.db.query('select display_name from principal where id = $1', [
      idToUuid(key.principalId),
    ]);
    expect(service).toEqual({ display_name: 'Less' });
  });

  test('writes nothing when nothing would change, and refuses a version that is not the present one', async () => {
    const key = await made({ scopes: ['org.view', 'ticket.create'] });
    await desk.told();
    const same = await desk.owner.patch(`/api-keys/${key.id}`, { scopes: ['ticket.create', 'org.view'] });
    expect(same).toMatchObject({ status: 200, trips: 1, body: { version: 1 } });
    expect(await desk.owner.patch(`/api-keys/${key.id}`, {})).toMatchObject({ status: 200, trips: 1 });
    expect(await desk.told()).toEqual({ events: [], audit: [] });
    expect(await desk.owner.patch(`/api-keys/${key.id}`, { name: 'Y' }, { 'if-match': '"7"' })).toMatchObject({
      status: 412,
      body: { current: { id: key.id, version: 1 } },
    });
  });

  test('is refused for a key that is dead', async () => {
    const revoked = await made();
    await desk.owner.delete(`/api-keys/${revoked.id}`);
    const expired = await made();
    await desk.db.query("update api_keys set expires_at = now() - interval '1 minute' where id = $1", [
      idToUuid(expired.id),
    ]);
    for (const [id, reason] of [
      [revoked.id, 'key_revoked'],
      [expired.id, 'key_expired'],
    ]) {
      expect(await desk.owner.patch(`/api-keys/${id}`, { name: 'Y' })).toMatchObject(refusal(409, reason));
      expect(await desk.owner.post(`/api-keys/${id}/rotate`, {})).toMatchObject(refusal(409, reason));
      expect(await desk.owner.post(`/api-keys/${id}/adopt`)).toMatchObject(refusal(409, reason));
    }
  });

  test('is for who manages keys: others are told that there is no such key', async () => {
    const key = await made();
    const { caller } = await desk.holder(['ticket.view_all']);
    const absent = await desk.owner.get(`/api-keys/${desk.world.newId('key')}`);
    expect(absent.status).toBe(404);
    for (const answer of [
      await caller.get(`/api-keys/${key.id}`),
      await caller.patch(`/api-keys/${key.id}`, { name: 'Y' }),
      await caller.delete(`/api-keys/${key.id}`),
      await caller.post(`/api-keys/${key.id}/rotate`, {}),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.body.detail).toBe(absent.body.detail);
    }
    expect(await caller.get('/api-keys')).toMatchObject(refusal(403, 'missing_permission'));
    expect(await caller.post('/api-keys', { name: 'X', scopes: ['ticket.view_all'] })).toMatchObject({ status: 403 });
  });
});

describe('ending a key', () => {
  test('revoking it acts on the next request, both secrets, and a second time changes nothing', async () => {
    const key = await made();
    const { body: rotated } = await desk.owner.post(`/api-keys/${key.id}/rotate`, {});
    await desk.told();
    expect(await desk.owner.delete(`/api-keys/${key.id}?reason=leaked`)).toMatchObject({ status: 204 });
    for (const token of [key.token, rotated.token])
      expect(await desk.as(token).get('/tickets')).toMatchObject(refusal(401, 'key_revoked'));
    expect(await desk.owner.delete(`/api-keys/${key.id}`)).toMatchObject({ status: 204 });
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([{ type: 'api_key.revoked', payload: { reason: 'leaked' } }]);
    expect(EVENTS['api_key.revoked'].payload.parse(events[0]?.payload)).toBeTruthy();
    expect(audit).toHaveLength(1);
    expect(await desk.owner.get(`/api-keys/${key.id}`)).toMatchObject({ body: { state: 'revoked', permissions: [] } });
  });

  test('of two at once one is told of', async () => {
    const key = await made();
    await desk.told();
    const ends = await Promise.all([1, 2].map(() => desk.owner.delete(`/api-keys/${key.id}`)));
    expect(ends.map(({ status }) => status)).toEqual([204, 204]);
    expect((await desk.told()).events).toHaveLength(1);
  });
});

describe('rotating a key', () => {
  test('lets both secrets work during the overlap, and the older neither after it nor after another rotation', async () => {
    const key = await made({ expiresAt: inDays(9) });
    await desk.told();
    const second = await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 60 });
    expect(second, JSON.stringify(second.body)).toMatchObject({
      status: 200,
      trips: 2,
      body: { expiresAt: key.expiresAt },
    });
    expect([await works(key.token), await works(second.body.token)]).toEqual([200, 200]);
    const { events } = await desk.told();
    expect(events).toMatchObject([
      { type: 'api_key.rotated', payload: { overlapUntil: second.body.previousValidUntil } },
    ]);
    const third = await desk.owner.post(`/api-keys/${key.id}/rotate`, {});
    expect([await works(key.token), await works(second.body.token), await works(third.body.token)]).toEqual([
      401, 200, 200,
    ]);
    await desk.db.query("update api_keys set previous_valid_until = now() - interval '1 second' where id = $1", [
      idToUuid(key.id),
    ]);
    expect(await works(second.body.token)).toBe(401);
    const fourth = await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 0 });
    expect([await works(third.body.token), await works(fourth.body.token)]).toEqual([401, 200]);
  });

  test('two at once leave two valid secrets', async () => {
    const key = await made();
    const answers = await Promise.all([1, 2].map(() => desk.owner.post(`/api-keys/${key.id}/rotate`, {})));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await Promise.all(answers.map(({ body }) => works(body.token)))).toEqual([200, 200]);
    expect(await works(key.token)).toBe(401);
  });

  test('answers a replay without the token, and refuses an overlap of more than a week', async () => {
    const key = await made();
    const headers = { 'idempotency-key': `rotate-${key.id}` };
    const first = await desk.owner.post(`/api-keys/${key.id}/rotate`, {}, headers);
    const again = await desk.owner.post(`/api-keys/${key.id}/rotate`, {}, headers);
    expect(again.body).toEqual({ ...first.body, token: null });
    expect(await works(first.body.token)).toBe(200);
    expect(await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 604_801 })).toMatchObject(
      refusal(422, 'out_of_range'),
    );
  });

  test('its overlap can be ended at once', async () => {
    const key = await made();
    const { body: rotated } = await desk.owner.post(`/api-keys/${key.id}/rotate`, {});
    expect(await desk.owner.delete(`/api-keys/${key.id}/previous-secret`)).toMatchObject({ status: 204 });
    expect(await desk.owner.delete(`/api-keys/${key.id}/previous-secret`)).toMatchObject({ status: 204 });
    expect([await works(key.token), await works(rotated.token)]).toEqual([401, 200]);
  });

  test('an overlap that is over is nothing to end', async () => {
    const key = await made();
    await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 60 });
    await desk.db.query('update api_keys set previous_valid_until = now() where id = $1', [idToUuid(key.id)]);
    await desk.told();
    expect(await desk.owner.delete(`/api-keys/${key.id}/previous-secret`)).toMatchObject({ status: 204, trips: 1 });
    expect(await desk.told()).toEqual({ events: [], audit: [] });
  });

  test('a key renews itself', async () => {
    const key = await made({ scopes: ['admin.manage_api_keys', 'ticket.view_all'] });
    const { body, status } = await desk.as(key.token).post(`/api-keys/${key.id}/rotate`, {});
    expect(status).toBe(200);
    expect(await works(body.token)).toBe(200);
  });
});
