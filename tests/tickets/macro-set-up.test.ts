import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { traceOf } from '#tests/support/ticket-trace.ts';

let desk: AccessDesk;
/** Role agent, in team support. */
let agent: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  agent = await desk.keyOf(desk.world.agent);
});
afterAll(() => desk.close());

const told = ({ status, body }: Answered) => [status, body?.reason ?? body?.code ?? null];

const apply = (caller: Caller, id: string, macroId: string) => caller.post(`/tickets/${id}/macros/${macroId}`, {});
const preview = (caller: Caller, id: string, macroId: string) =>
  caller.post(`/tickets/${id}/macros/${macroId}/preview`, {});
const ofSupport = () => desk.world.ticket({ primaryTeamId: desk.world.teams.support });

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

describe('a macro that deletes, restores or follows', () => {
  /** A ticket of support with one that was merged into it. */
  async function pair(): Promise<Id<'tkt'>[]> {
    const [{ id }, { id: sourceId }] = [await ofSupport(), await ofSupport()];
    expect((await desk.owner.post(`/tickets/${id}/merge`, { sourceIds: [sourceId] })).status).toBe(200);
    return [id, sourceId];
  }
  const trashed = async (ids: readonly Id<'tkt'>[]) =>
    (
      await desk.db.query('select from tickets where id = any ($1::uuid[]) and deleted_at is not null', [
        ids.map(idToUuid),
      ])
    ).length;
  const followers = (id: Id<'tkt'>) =>
    desk.db.query('select principal_id, source from ticket_subscriptions where ticket_id = $1 and principal_id = $2', [
      ...[idToUuid(id), idToUuid(desk.world.owner.id)],
    ]);
  const SWEEP = {
    message: { body: 'Swept.', audience: 'internal' },
    actions: [{ type: 'delete' }, { type: 'tags', add: ['spam'] }],
  };
  const REVIVE = {
    message: { body: 'We look again.' },
    actions: [{ type: 'priority', priority: 'high' }, { type: 'status', category: 'pending' }, { type: 'restore' }],
  };

  test('sends a ticket into the trash at the end and brings one back at the start, with what was merged into it, in one commit', async () => {
    const [sweep, revive] = [await macro(SWEEP), await macro(REVIVE)];
    const [id = '' as never, sourceId = '' as never] = await pair();
    await desk.told();
    expect(await apply(desk.owner, id, sweep)).toMatchObject({
      status: 200,
      trips: 2,
      body: { tags: [{ name: 'spam' }] },
    });
    expect(await trashed([id, sourceId])).toBe(2);
    expect(told(await desk.owner.get(`/tickets/${id}`))).toEqual([404, 'not_found']);
    const { events, audit } = await desk.told();
    expect(events.map(({ type }) => type).sort()).toEqual([
      ...['ticket.deleted', 'ticket.deleted', 'ticket.message_added', 'ticket.tagged'],
    ]);
    expect(audit.map(({ action }) => action)).toEqual(['macro.applied']);
    // Only a macro that restores reaches it there.
    expect(told(await apply(desk.owner, id, sweep))).toEqual([404, 'not_found']);
    const back = await apply(desk.owner, id, revive);
    expect(back).toMatchObject({ status: 200, trips: 2, body: { priority: 'high', status: { category: 'pending' } } });
    expect(await trashed([id, sourceId])).toBe(0);
    expect((await desk.owner.get(`/tickets/${id}`)).body).toEqual(back.body);
    const causes = await desk.db.query(
      "select distinct cause from ticket_activity where ticket_id = any ($1::uuid[]) and type in ('deleted', 'restored')",
      [[id, sourceId].map(idToUuid)],
    );
    expect(causes).toEqual([{ cause: 'macro' }]);
  });

  test('is refused as a whole without the right to it, and restores nothing that is live', async () => {
    const [sweep, revive] = [await macro(SWEEP), await macro(REVIVE)];
    const ids = await pair();
    const [id = '' as never] = ids;
    const may = await desk.holder([
      'ticket.view_all',
      'ticket.edit_fields',
      'ticket.change_status',
      'ticket.reply_public',
    ]);
    await desk.world.grant(may.member, ['ticket.comment_internal']);
    const before = await traceOf(desk.db, ids);
    expect(await apply(may.caller, id, sweep)).toMatchObject({
      ...{ status: 403, body: { reason: 'missing_permission', action: 0, required: ['ticket.delete'] } },
    });
    expect(await apply(desk.owner, id, revive)).toMatchObject({
      status: 409,
      body: { reason: 'not_deleted', action: 2 },
    });
    expect((await preview(desk.owner, id, sweep)).body).toMatchObject({
      changes: [{ field: 'deletedAt', from: null, to: expect.any(String) }, { field: 'tags' }],
      refusals: [],
    });
    expect(await traceOf(desk.db, ids)).toEqual(before);
    await apply(desk.owner, id, sweep);
    for (const ask of [apply, preview]) expect(told(await ask(may.caller, id, revive))).toEqual([404, 'not_found']);
    expect(await trashed(ids)).toBe(2);
    const overtaken = await desk.overtaken(
      () => apply(desk.owner, id, revive),
      () => desk.owner.post(`/tickets/${id}/restore`),
    );
    expect(told(overtaken)).toEqual([409, 'not_deleted']);
  });

  test('lets whoever applies it follow by choice, whatever else in it lets them follow, while there is room', async () => {
    const { owner } = desk.world;
    const actions = [{ type: 'subscribe' }, { type: 'assign', assigneePrincipalId: owner.id }];
    const [alone, busy] = [
      await macro({ actions: [{ type: 'subscribe' }] }),
      await macro({ message: { body: 'I take it.' }, actions }),
    ];
    const [{ id }, { id: other }, { id: full }] = [await ofSupport(), await ofSupport(), await ofSupport()];
    const follow = [{ field: 'subscribed', from: false, to: true }];
    expect((await preview(desk.owner, id, alone)).body).toMatchObject({ changes: follow, refusals: [] });
    const manual = [{ principal_id: idToUuid(owner.id), source: 'manual' }];
    for (let n = 0; n < 2; n += 1) {
      expect(await apply(desk.owner, id, alone)).toMatchObject({ status: 200, body: { version: 1 } });
      expect(await followers(id)).toEqual(manual);
    }
    expect(await apply(desk.owner, other, busy)).toMatchObject({ status: 200, trips: 2, body: { messageSeq: 2 } });
    expect(await followers(other)).toEqual(manual);
    await desk.db.query(
      `with made as (insert into contacts (name, sort_name) select 'F', 'f' from generate_series(1, 500) returning id)
       insert into ticket_subscriptions (ticket_id, contact_id, source) select $1, id, 'auto_participant' from made`,
      [idToUuid(full)],
    );
    const before = await traceOf(desk.db, [full]);
    expect(await apply(desk.owner, full, busy)).toMatchObject({
      status: 422,
      body: { reason: 'limit_reached', action: 0 },
    });
    expect(await traceOf(desk.db, [full])).toEqual(before);
  });

  test('is saved when it goes one way only, and says nothing to a customer on the way into the trash', async () => {
    const save = (body: object) => desk.owner.post('/macros', { name: 'M', ...body });
    expect(told(await save({ actions: [{ type: 'delete' }, { type: 'restore' }] }))).toEqual([422, 'bad_action']);
    expect(told(await save({ ...SWEEP, message: { body: 'Bye.' } }))).toEqual([422, 'bad_action']);
    const { body } = await save(SWEEP);
    const loud = { message: { body: 'Bye.', audience: 'public' } };
    expect(told(await desk.owner.patch(`/macros/${body.id}`, loud))).toEqual([422, 'bad_action']);
  });
});
