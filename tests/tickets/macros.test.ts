import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { traceOf } from '#tests/support/ticket-trace.ts';

let desk: AccessDesk;
/** Role agent, in team support. */
let agent: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  agent = await desk.keyOf(desk.world.agent);
  const field = { key: 'cause', type: 'text', label: 'Cause', requiredOn: 'solve' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
});
afterAll(() => desk.close());

const told = ({ status, body }: Answered) => [status, body?.reason ?? body?.code ?? null];
const apply = (caller: Caller, id: string, macroId: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  caller.post(`/tickets/${id}/macros/${macroId}`, body, headers);
const preview = (caller: Caller, id: string, macroId: string, body: unknown = {}) =>
  caller.post(`/tickets/${id}/macros/${macroId}/preview`, body);

async function macro(body: Record<string, unknown>, caller = desk.owner): Promise<string> {
  const answer = await caller.post('/macros', { name: 'A macro', audience: 'everyone', ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

const ofSupport = () => desk.world.ticket({ primaryTeamId: desk.world.teams.support });

describe('applied to a ticket, a macro', () => {
  test('says and does everything in one commit of two trips, and tells of each once', async () => {
    const { world } = desk;
    const org = await desk.owner.post('/organizations', { name: 'Park & *Sons*' });
    const { id: requesterContactId } = await world.contact('Ada [x](http://evil.example) Park');
    const { id, number } = await world.ticket({ requesterContactId, organizationId: org.body.id });
    const macroId = await macro({
      message: {
        body: '{{requester.first_name}} {{requester.name}}: [#{{ticket.number}}]({{ticket.url}}) {{ticket.subject}} {{organization.name}} {{agent.name}}',
      },
      actions: [
        { type: 'status', category: 'solved' },
        { type: 'fields', customFields: { cause: 'known' } },
        { type: 'tags', add: ['brand new', 'other'] },
        { type: 'tags', add: ['brand new'], remove: ['other'] },
        { type: 'assign', assigneePrincipalId: world.agent.id },
        { type: 'priority', priority: 'high' },
      ],
    });
    await desk.told();
    const done = await apply(desk.owner, id, macroId, { expectMessageSeq: 1 }, { 'if-match': '"1"' });
    expect(done).toMatchObject({
      status: 200,
      trips: 2,
      body: {
        version: 2,
        messageSeq: 2,
        priority: 'high',
        status: { category: 'solved' },
        tags: [{ name: 'brand-new' }],
      },
    });
    const { events, audit } = await desk.told();
    expect(events.map(({ type, payload }) => [type, payload.cause ?? null])).toEqual([
      ['ticket.message_added', null],
      ...['updated', 'status_changed', 'assigned', 'tagged'].map((type) => [`ticket.${type}`, 'macro']),
    ]);
    expect(events.every(({ payload }) => payload.ticket.version === 2)).toBe(true);
    expect(audit).toMatchObject([
      {
        action: 'macro.applied',
        target_id: idToUuid(id),
        changes: { macro: { id: macroId }, priority: ['normal', 'high'] },
      },
    ]);
    expect(events[0]?.payload.message.text).toBe(
      String.raw`Ada Ada \[x\](http\://evil.example) Park: [#${number}](https://desk.test/tickets/${number}) The export stops half-way Park & \*Sons\* Test key`,
    );
    const causes = await desk.db.query<{ cause: string; n: number }>(
      'select cause, count(distinct revision)::int as n from ticket_activity where ticket_id = $1 group by 1',
      [idToUuid(id)],
    );
    expect(causes).toEqual([{ cause: 'macro', n: 1 }]);
    expect((await desk.owner.get(`/tickets/${id}`)).body).toEqual(done.body);
  });

  test('does nothing at all when one of its actions is refused: rights first, then the ticket, then what was asked', async () => {
    const { world } = desk;
    const { id } = await ofSupport();
    await desk.owner.post(`/tickets/${id}/messages`, {
      body: 'Any news?',
      as: { contactId: (await desk.owner.get(`/tickets/${id}`)).body.requester.contactId },
    });
    const macroId = await macro({
      message: { body: 'Done.' },
      actions: [
        { type: 'priority', priority: 'high' },
        { type: 'status', category: 'solved' },
        { type: 'assign', assigneePrincipalId: world.owner.id },
      ],
    });
    const before = await traceOf(desk.db, [id]);
    const stale = { 'if-match': '"9"' };
    const may = await desk.holder([
      'ticket.view_all',
      'ticket.edit_fields',
      'ticket.change_status',
      'ticket.assign_any',
    ]);
    expect(await apply(agent, id, macroId, {}, stale)).toMatchObject({
      body: { reason: 'missing_permission', action: 2 },
    });
    expect(await apply(may.caller, id, macroId, {}, stale)).toMatchObject({
      body: { required: ['ticket.reply_public'] },
    });
    expect(told(await apply(desk.owner, id, macroId, { expectMessageSeq: 1 }, stale))).toEqual([412, 'stale_version']);
    expect(told(await apply(desk.owner, id, macroId, { expectMessageSeq: 1 }))).toEqual([409, 'new_messages']);
    expect(await apply(desk.owner, id, macroId, { expectMessageSeq: 2 })).toMatchObject({
      status: 422,
      body: { reason: 'missing_fields', action: 1, fields: ['cause'] },
    });
    expect(await traceOf(desk.db, [id])).toEqual(before);
    const stranger = await desk.holder(['ticket.view_assigned']);
    expect(told(await apply(stranger.caller, id, macroId))).toEqual([404, 'not_found']);
    // Without its words it needs no right to speak.
    await desk.owner.patch(`/tickets/${id}`, { customFields: { cause: 'known' } });
    const silent = await apply(may.caller, id, macroId, { messageOverride: null });
    expect(silent.body).toMatchObject({ status: { category: 'solved' }, messageSeq: 2 });
  });

  test('is judged by the rights on the ticket as it is, whatever an action does to them', async () => {
    const { support, billing } = desk.world.teams;
    const { id } = await ofSupport();
    const macroId = await macro({
      actions: [
        { type: 'team', primaryTeamId: billing },
        { type: 'priority', priority: 'urgent' },
      ],
    });
    const moved = await apply(agent, id, macroId);
    expect(moved.body).toMatchObject({ primaryTeamId: billing, priority: 'urgent', can: [] });
    const other = await desk.world.ticket({ primaryTeamId: billing });
    const grab = await macro({
      actions: [
        { type: 'team', primaryTeamId: support },
        { type: 'priority', priority: 'low' },
      ],
    });
    await desk.owner.put(`/tickets/${other.id}/shares`, { teamId: support, level: 'read' });
    expect(await apply(agent, other.id, grab)).toMatchObject({ status: 403, body: { action: 0 } });
  });

  test('may be said in other words, as they stand; words alone make no form stale', async () => {
    const { id } = await ofSupport();
    const macroId = await macro({ message: { body: 'Hello', audience: 'internal' } });
    const said = await apply(agent, id, macroId, { messageOverride: 'For {{agent.name}} and *you*' });
    expect(said.body).toMatchObject({ version: 1, messageSeq: 2 });
    const thread = await desk.owner.get(`/tickets/${id}/messages`);
    expect(thread.body.data.find(({ seq }: { seq: number }) => seq === 2)).toMatchObject({
      body: 'For {{agent.name}} and *you*',
      audience: 'internal',
    });
    const wordless = await macro({ actions: [{ type: 'priority', priority: 'normal' }] });
    expect(told(await apply(agent, id, wordless, { messageOverride: 'Hi' }))).toEqual([422, 'nothing_to_say']);
    expect(await apply(agent, id, wordless)).toMatchObject({ status: 200, trips: 1, body: { version: 1 } });
    const blank = await macro({ message: { body: '{{organization.name}}' } });
    expect(told(await apply(agent, id, blank))).toEqual([422, 'nothing_to_say']);
  });

  test('is decided again when the ticket moves meanwhile, and its words reopen what is closed only with a status', async () => {
    const { id } = await ofSupport();
    const macroId = await macro({ message: { body: 'Reopened.' }, actions: [{ type: 'status', category: 'open' }] });
    const silent = await macro({ message: { body: 'Reopened.' } });
    const close = () => desk.owner.post(`/tickets/${id}/transition`, { category: 'closed' });
    const done = await desk.overtaken(() => apply(desk.owner, id, macroId), close);
    expect(done.body).toMatchObject({ status: { category: 'open' }, reopenCount: 1, version: 3 });
    await close();
    expect(told(await apply(desk.owner, id, silent))).toEqual([409, 'ticket_closed']);
    expect((await preview(desk.owner, id, silent)).body.refusals).toMatchObject([
      { action: null, reason: 'ticket_closed' },
    ]);
  });
});

test('a preview is one read that tells the words, the changes and every refusal, and writes nothing', async () => {
  const { world } = desk;
  const { id } = await ofSupport();
  const macroId = await macro({
    message: { body: 'Hello {{organization.name|friend}}' },
    actions: [
      { type: 'assign', assigneePrincipalId: world.owner.id },
      { type: 'priority', priority: 'high' },
      { type: 'status', category: 'solved' },
    ],
  });
  const before = await traceOf(desk.db, [id]);
  const shown = await preview(agent, id, macroId);
  expect(shown).toMatchObject({
    status: 200,
    trips: 1,
    body: {
      message: { body: 'Hello friend', audience: 'public' },
      changes: [{ field: 'priority', from: 'normal', to: 'high' }],
      refusals: [
        { action: 0, code: 'forbidden', reason: 'missing_permission' },
        { action: 2, code: 'unprocessable', reason: 'missing_fields' },
      ],
    },
  });
  expect(await traceOf(desk.db, [id])).toEqual(before);
  expect((await preview(agent, id, macroId, { messageOverride: 'Bye' })).body.message.body).toBe('Bye');
  await desk.world.put(
    qb
      .update(tickets)
      .set({ deletedAt: new Date() })
      .where(undefined as never),
  );
  expect((await preview(agent, id as Id, macroId)).status).toBe(404);
});
