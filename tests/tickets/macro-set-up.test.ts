import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
/** Role agent, in team support. */
let agent: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  agent = await desk.keyOf(desk.world.agent);
});
afterAll(() => desk.close());

const told = ({ status, body }: Answered) => [status, body?.reason ?? body?.code ?? null];

async function macro(body: Record<string, unknown>, caller = desk.owner): Promise<string> {
  const answer = await caller.post('/macros', { name: 'A macro', audience: 'everyone', ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

describe('a macro', () => {
  test('is kept by anybody for themselves, and with macro.manage for a team or for all', async () => {
    const { support, billing } = desk.world.teams;
    const lead = await desk.holder(['ticket.view_team', 'macro.manage'], { teamId: billing });
    const mine = await agent.post('/macros', { name: ' Mine ', actions: [{ type: 'tags', add: ['VIP one'] }] });
    expect(mine).toMatchObject({
      status: 201,
      trips: 2,
      body: { name: 'Mine', audience: 'private', message: null, actions: [{ type: 'tags', add: ['vip-one'] }] },
    });
    expect(told(await agent.post('/macros', { name: 'All', audience: 'everyone' }))).toEqual([
      403,
      'missing_permission',
    ]);
    expect(told(await lead.caller.post('/macros', { name: 'All', audience: 'everyone' }))[0]).toBe(403);
    expect(told(await lead.caller.post('/macros', { name: 'T', audience: 'team', teamId: support }))[0]).toBe(403);
    expect((await agent.post('/macros', { name: 'T', audience: 'team' })).status).toBe(400);
    const ofBilling = await macro({ audience: 'team', teamId: billing }, lead.caller);
    const ofAll = await macro({});
    const seen = async (caller: Caller) => {
      const { body, trips } = await caller.get('/macros?limit=200');
      expect(trips).toBe(1);
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect(await seen(agent)).toEqual(expect.arrayContaining([mine.body.id, ofAll]));
    expect(await seen(agent)).not.toContain(ofBilling);
    expect(await seen(lead.caller)).toEqual(expect.arrayContaining([ofBilling, ofAll]));
    expect(await seen(desk.owner)).not.toContain(mine.body.id);
    for (const caller of [desk.owner, lead.caller])
      for (const ask of [caller.get, caller.delete])
        expect(told(await ask(`/macros/${mine.body.id}`))).toEqual([404, 'not_found']);
    expect(told(await agent.patch(`/macros/${ofAll}`, { name: 'Ours' }))).toEqual([403, 'missing_permission']);
    expect(told(await agent.get(`/macros/${ofBilling}`))[0]).toBe(404);
    const { id } = await desk.world.ticket({ primaryTeamId: support });
    expect(told(await desk.owner.post(`/tickets/${id}/macros/${mine.body.id}`, {}))).toEqual([404, 'not_found']);
    expect(told(await desk.owner.post(`/tickets/${id}/macros/${mine.body.id}/preview`, {}))).toEqual([
      404,
      'not_found',
    ]);
  });

  test('changes under its version and is audited; what is so already writes nothing', async () => {
    await desk.told();
    const id = await macro({ message: { body: 'Hello', audience: 'internal' } });
    const path = `/macros/${id}`;
    expect(told(await desk.owner.patch(path, { name: 'B' }, { 'if-match': '"7"' }))).toEqual([412, 'stale_version']);
    const named = await desk.owner.patch(path, { name: 'B', message: null }, { 'if-match': '"1"' });
    expect(named).toMatchObject({ status: 200, trips: 2, body: { name: 'B', message: null, version: 2 } });
    expect(named.headers.get('etag')).toBe('"2"');
    expect((await desk.owner.patch(path, { name: 'B', actions: [] })).body.version).toBe(2);
    expect((await desk.owner.patch(path, { audience: 'private' })).body.audience).toBe('private');
    expect((await desk.owner.delete(path, { 'if-match': '"3"' })).status).toBe(204);
    expect((await desk.owner.get(path)).status).toBe(404);
    const { audit, events } = await desk.told();
    expect(audit.map(({ action }) => action)).toEqual([
      ...['macro.created', 'macro.updated', 'macro.updated', 'macro.deleted'],
    ]);
    expect(events).toEqual([]);
  });

  test('is refused when saved for what it could not do', async () => {
    const { world } = desk;
    const save = (body: Record<string, unknown>) => desk.owner.post('/macros', { name: 'M', ...body });
    const unknown = await save({ message: { body: 'Hi {{requester.email}}' } });
    expect(unknown.body).toMatchObject({
      status: 400,
      errors: [
        { pointer: '/message/body', code: 'unknown_placeholder', detail: expect.stringMatching('{{requester.email}}') },
      ],
    });
    const action = { type: 'priority', priority: 'low' };
    const bad: Record<string, unknown>[] = [
      { actions: Array.from({ length: 21 }, () => action) },
      { actions: [{ type: 'macro', macroId: await macro({}) }] },
      { actions: [{ type: 'message', body: 'Hi' }] },
      { message: { body: 'x'.repeat(10_001) } },
      { message: { body: ' ' } },
      { name: 'x'.repeat(81) },
    ];
    for (const body of bad) expect((await save(body)).status, JSON.stringify(body).slice(0, 80)).toBe(400);
    expect((await save({ actions: Array.from({ length: 20 }, () => action) })).status).toBe(201);
    const gone = [
      { type: 'status', statusId: world.newId('tstat') },
      { type: 'assign', assigneeTeamId: world.newId('team') },
      { type: 'assign', assigneePrincipalId: world.newId('prin') },
      { type: 'inbox', inboxId: world.newId('inbox') },
      { type: 'organization', organizationId: world.newId('org') },
      { type: 'tags', remove: [world.newId('ttag')] },
    ];
    for (const each of gone)
      expect(await save({ actions: [action, each] })).toMatchObject({
        body: { reason: 'unknown_reference', errors: [{ pointer: expect.stringMatching(/^\/actions\/1\//) }] },
      });
    expect(told(await save({ actions: [{ type: 'fields', customFields: { nothing: 1 } }] }))).toEqual([
      422,
      'unknown_field',
    ]);
  });

  test('is one of 500', async () => {
    await desk.db.query(
      "insert into macros (name, audience) select 'M', 'everyone' from generate_series((select count(*) from macros) + 1, 500)",
    );
    expect(told(await agent.post('/macros', { name: 'One more' }))).toEqual([422, 'limit_reached']);
    await desk.db.query("delete from macros where name = 'M'");
  });
});
