import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { traceOf } from '#tests/support/ticket-trace.ts';
import type { TicketFields } from '#tests/support/world.ts';

let desk: AccessDesk;
let macroId: Id<'macro'>;

beforeAll(async () => {
  desk = await openAccessDesk();
  const { world } = desk;
  const field = { key: 'cause', type: 'text', label: 'Cause', requiredOn: 'solve' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
  const macro = await desk.owner.post('/macros', {
    name: 'Known fault',
    audience: 'everyone',
    message: { body: 'Hello {{requester.first_name}}, it works again.' },
    actions: [
      { type: 'status', category: 'solved' },
      { type: 'fields', customFields: { cause: 'outage' } },
      { type: 'assign', assigneePrincipalId: world.agent.id, assigneeTeamId: world.teams.support },
      { type: 'tags', add: ['outage'] },
      { type: 'priority', priority: 'high' },
    ],
  });
  expect(macro.status, JSON.stringify(macro.body)).toBe(201);
  macroId = macro.body.id;
});
afterAll(() => desk.close());

async function ticketsOf(count: number, fields: TicketFields = {}): Promise<Id<'tkt'>[]> {
  const made: Id<'tkt'>[] = [];
  for (let i = 0; i < count; i += 1)
    made.push((await desk.world.ticket({ primaryTeamId: desk.world.teams.support, ...fields })).id);
  return made;
}

/** The customer writes, behind everybody's back. */
const reply = async (id: string) => {
  const { contactId } = (await desk.owner.get(`/tickets/${id}`)).body.requester;
  const body = { body: 'It fails again.', as: { contactId } };
  expect((await desk.owner.post(`/tickets/${id}/messages`, body)).status).toBe(201);
};

const runChunk = (jobId: Id<'bulk'>) => runBulkJob(testKernel(desk.db.url), jobId);
const jobOf = async (jobId: Id<'bulk'>) => (await desk.owner.get(`/bulk-jobs/${jobId}`)).body;
const ticketOf = async (id: string) => (await desk.owner.get(`/tickets/${id}`)).body;
const textsOf = async (id: string) =>
  (await desk.owner.get(`/tickets/${id}/messages`)).body.data.map(({ body }: { body: string }) => body);

async function submit(caller: Caller, ids: readonly string[]): Promise<Id<'bulk'>> {
  const answer = await caller.post('/tickets/bulk', { ids, action: { type: 'macro', macroId } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

const itemsOf = (jobId: Id<'bulk'>) =>
  desk.db.query<{ state: string; reason: string | null; n: number }>(
    'select state, reason, count(*)::int as n from bulk_job_items where job_id = $1 group by 1, 2 order by 1, 2',
    [idToUuid(jobId)],
  );

describe('a macro on many tickets', () => {
  test('is tried out without a trace, done by a job, and taken back but for its words and what was changed since', async () => {
    const ids = await ticketsOf(51);
    const [edited = '' as never, other = '' as never] = ids;
    const before = await traceOf(desk.db, ids);
    const few = { ids: ids.slice(0, 3), action: { type: 'macro', macroId } };
    const dry = await desk.owner.post('/tickets/bulk?dryRun=true', few);
    expect(dry.body.wouldAnswer.results.map(({ state }: { state: string }) => state)).toEqual(['ok', 'ok', 'ok']);
    expect(await traceOf(desk.db, ids)).toEqual(before);
    const jobId = await submit(desk.owner, ids);
    await Promise.allSettled([runChunk(jobId), runChunk(jobId)]);
    expect(await jobOf(jobId)).toMatchObject({ action: 'macro', state: 'done', succeeded: 51, failed: 0 });
    expect(await ticketOf(other)).toMatchObject({
      ...{ status: { category: 'solved' }, customFields: { cause: 'outage' }, tags: [{ name: 'outage' }] },
      ...{ priority: 'high', assigneeTeamId: desk.world.teams.support, messageSeq: 2, version: 2 },
    });
    const told = await desk.db.query<{ cause: string; n: number }>(
      'select cause, count(distinct ticket_id)::int as n from ticket_activity where bulk_job_id = $1 group by 1',
      [idToUuid(jobId)],
    );
    expect(told).toEqual([{ cause: 'macro', n: 51 }]);
    await desk.owner.patch(`/tickets/${edited}`, { priority: 'urgent', customFields: { cause: 'else' } });
    const undo = await desk.owner.post(`/bulk-jobs/${jobId}/undo`);
    await runChunk(undo.body.id);
    expect(await jobOf(undo.body.id)).toMatchObject({ state: 'done', succeeded: 51 });
    const back = { status: { category: 'open' }, assignee: null, assigneeTeamId: null, tags: [], messageSeq: 2 };
    expect(await ticketOf(other)).toMatchObject({ ...back, priority: 'normal', customFields: {} });
    expect(await ticketOf(edited)).toMatchObject({ ...back, priority: 'urgent', customFields: { cause: 'else' } });
    expect(await textsOf(other)).toContain('Hello Ada, it works again.');
  });

  test('is refused for what its asker may no longer do, each ticket whole', async () => {
    const { member, caller } = await desk.holder(['ticket.view_all', 'ticket.bulk_operate', 'ticket.edit_fields']);
    await desk.world.grant(member, ['ticket.change_status', 'ticket.assign_any', 'ticket.reply_public']);
    const ids = await ticketsOf(51);
    const before = await traceOf(desk.db, ids);
    const [first, second] = [await submit(caller, ids), await submit(caller, ids)];
    const revoke = (where: string) =>
      desk.db.query(
        `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1 and ${where}`,
        [idToUuid(member.id)],
      );
    await revoke("role_id in (select role_id from role_permissions where permission_key = 'ticket.reply_public')");
    await runChunk(first);
    expect(await itemsOf(first)).toEqual([{ state: 'refused', reason: 'missing_permission', n: 51 }]);
    await revoke('true');
    await runChunk(second);
    expect(await itemsOf(second)).toEqual([{ state: 'refused', reason: 'authority_lost', n: 51 }]);
    expect(await traceOf(desk.db, ids)).toEqual(before);
  });

  test('or a status crosses no reply of those whose newest message is named', async () => {
    for (const action of [
      { type: 'macro', macroId },
      { type: 'status', category: 'pending' },
    ]) {
      const ids = await ticketsOf(3);
      const [crossed = '', quiet = '', unnamed = ''] = ids;
      const expectMessageSeq = { [crossed]: 1, [quiet]: 1 };
      for (const id of [crossed, unnamed]) await reply(id);
      const answer = await desk.owner.post('/tickets/bulk', { ids, action, expectMessageSeq });
      expect(answer).toMatchObject({ status: 200, trips: 2 });
      expect(answer.body.results).toEqual([
        { id: crossed, state: 'refused', code: 'conflict', reason: 'new_messages' },
        { id: quiet, state: 'ok', code: null, reason: null },
        { id: unnamed, state: 'ok', code: null, reason: null },
      ]);
      expect((await ticketOf(crossed)).status.category).toBe('open');
      const overtaken = await desk.overtaken(
        () => desk.owner.post('/tickets/bulk', { ids: [crossed], action, expectMessageSeq: { [crossed]: 2 } }),
        () => reply(crossed),
      );
      expect(overtaken.body.results).toMatchObject([{ state: 'refused', reason: 'new_messages' }]);
      const elsewhere = { ids, action: { type: 'priority', priority: 'low' }, expectMessageSeq };
      expect((await desk.owner.post('/tickets/bulk', elsewhere)).status).toBe(400);
      const filter = { statusCategory: 'open' };
      expect((await desk.owner.post('/tickets/bulk', { filter, action, expectMessageSeq })).status).toBe(400);
    }
  });
});

describe('a job', () => {
  const many = 51;
  const crossing = (ids: readonly string[], action: unknown, expectMessageSeq: Record<string, number>) =>
    desk.owner.post('/tickets/bulk', { ids, action, expectMessageSeq });

  test('does to all of its tickets what the macro said when it was asked for, whatever becomes of the macro', async () => {
    const made = await desk.owner.post('/macros', {
      ...{ name: 'Fixed', audience: 'everyone', message: { body: 'As it was.' } },
      actions: [{ type: 'tags', add: ['as it was'] }],
    });
    const action = { type: 'macro', macroId: made.body.id };
    const ids = await ticketsOf(many);
    const [first = ''] = ids;
    const [edited, deleted] = [
      await desk.owner.post('/tickets/bulk', { ids, action }),
      await desk.owner.post('/tickets/bulk', { ids, action }),
    ];
    const changes = { message: { body: 'As it is.' }, actions: [{ type: 'tags', add: ['as it is'] }] };
    expect((await desk.owner.patch(`/macros/${made.body.id}`, changes)).status).toBe(200);
    await runChunk(edited.body.id);
    expect(await jobOf(edited.body.id)).toMatchObject({ state: 'done', succeeded: many });
    expect((await desk.owner.delete(`/macros/${made.body.id}`)).status).toBe(204);
    await runChunk(deleted.body.id);
    expect(await jobOf(deleted.body.id)).toMatchObject({ state: 'done', succeeded: many });
    expect((await ticketOf(first)).tags).toMatchObject([{ name: 'as-it-was' }]);
    expect(await textsOf(first)).toEqual(['It stops at row 500.', 'As it was.', 'As it was.']);
    const late = await desk.owner.post('/tickets/bulk', { ids, action });
    await runChunk(late.body.id);
    expect(await itemsOf(late.body.id)).toEqual([{ state: 'refused', reason: null, n: many }]);
  });

  test('crosses no reply that came after what its asker had read, before it was asked for or after', async () => {
    for (const action of [
      { type: 'macro', macroId },
      { type: 'status', category: 'pending' },
    ]) {
      const ids = await ticketsOf(many);
      const [before = '', after = '', unnamed = '', quiet = ''] = ids;
      await reply(before);
      const job = await crossing(ids, action, { [before]: 1, [after]: 1, [quiet]: 1 });
      expect(job.status).toBe(202);
      for (const id of [after, unnamed]) await reply(id);
      await runChunk(job.body.id);
      expect(await itemsOf(job.body.id)).toEqual([
        { state: 'ok', reason: null, n: many - 2 },
        { state: 'refused', reason: 'new_messages', n: 2 },
      ]);
      for (const id of [before, after]) expect((await ticketOf(id)).status.category).toBe('open');
      for (const id of [unnamed, quiet]) expect((await ticketOf(id)).status.category).not.toBe('open');
    }
  });
});

describe('solving a problem with its incidents', () => {
  const solve = (caller: Caller, id: string, body: Record<string, unknown> = {}) =>
    caller.post(`/tickets/${id}/transition`, { category: 'solved', includeIncidents: true, ...body });

  /** A problem, and tickets that it is the problem of. */
  async function problemOf(incidents: readonly string[]): Promise<string> {
    const [id = ''] = await ticketsOf(1, { customFields: { cause: 'outage' } });
    for (const targetId of incidents)
      expect((await desk.owner.post(`/tickets/${id}/links`, { targetId, kind: 'problem_of' })).status).toBe(201);
    return id;
  }

  test('starts a job that solves the active ones that the caller sees, with the message, in their name', async () => {
    const agent = await desk.keyOf(desk.world.agent);
    const fields = { customFields: { cause: 'outage' } };
    const [one = '', two = '', soon = '', bare = ''] = [...(await ticketsOf(3, fields)), ...(await ticketsOf(1))];
    const [hidden = ''] = await ticketsOf(1, { ...fields, primaryTeamId: desk.world.teams.billing });
    const [settled = ''] = await ticketsOf(1, fields);
    const id = await problemOf([one, two, soon, bare, hidden, settled]);
    await desk.owner.post(`/tickets/${settled}/transition`, { category: 'solved' });
    const message = { body: 'The outage is over.' };
    const dry = await agent.post(`/tickets/${id}/transition?dryRun=true`, {
      category: 'solved',
      includeIncidents: true,
    });
    expect(dry.body).toMatchObject({
      wouldAnswer: { incidentsJobId: expect.any(String) },
      writes: { bulk_jobs: null },
    });
    const solved = await solve(agent, id, { message });
    expect(solved).toMatchObject({ status: 200, trips: 2, body: { status: { category: 'solved' }, messageSeq: 2 } });
    const jobId = solved.body.incidentsJobId as Id<'bulk'>;
    expect((await agent.get(`/bulk-jobs/${jobId}`)).body).toMatchObject({
      kind: 'incidents',
      state: 'queued',
      total: 4,
    });
    expect((await ticketOf(one)).status.category).toBe('open');
    await desk.owner.post(`/tickets/${soon}/transition`, { category: 'closed' });
    await Promise.allSettled([runChunk(jobId), runChunk(jobId)]);
    expect(await itemsOf(jobId)).toEqual([
      { state: 'ok', reason: null, n: 2 },
      { state: 'refused', reason: 'missing_fields', n: 1 },
      { state: 'unchanged', reason: null, n: 1 },
    ]);
    for (const incident of [one, two]) {
      expect((await ticketOf(incident)).status.category).toBe('solved');
      expect(await textsOf(incident)).toEqual(['It stops at row 500.', 'The outage is over.']);
    }
    for (const untouched of [soon, bare, hidden, settled]) expect((await ticketOf(untouched)).messageSeq).toBe(1);
    const items = await agent.get(`/bulk-jobs/${jobId}/items`);
    expect(items.body.data.map(({ ticketId }: { ticketId: string }) => ticketId)).toEqual([one, two, soon, bare]);
    const undo = await agent.post(`/bulk-jobs/${jobId}/undo`);
    await runChunk(undo.body.id);
    expect((await ticketOf(two)).status.category).toBe('open');
  });

  test('is one commit with the job, asks for the right to bulk, and goes with solving alone', async () => {
    const id = await problemOf(await ticketsOf(1));
    const may = await desk.holder(['ticket.view_all', 'ticket.change_status']);
    expect(await solve(may.caller, id)).toMatchObject({ status: 403, body: { required: ['ticket.bulk_operate'] } });
    expect((await ticketOf(id)).status.category).toBe('open');
    expect((await solve(desk.owner, id, { category: 'pending' })).status).toBe(400);
    const { statuses } = desk.world;
    const wrong = { statusId: statuses.pending, category: undefined };
    expect(await solve(desk.owner, id, wrong)).toMatchObject({ status: 422, body: { reason: 'not_solving' } });
    const lone = await problemOf([]);
    expect((await solve(desk.owner, lone)).body).toMatchObject({ incidentsJobId: null });
    const count = async () => (await desk.db.query('select 1 from bulk_jobs')).length;
    const jobs = await count();
    const close = () => desk.owner.post(`/tickets/${id}/transition`, { category: 'closed' });
    const overtaken = await desk.overtaken(() => solve(desk.owner, id, { version: 1 }), close);
    expect([overtaken.status, await count()]).toEqual([412, jobs]);
    // A problem that is solved already still takes its incidents along.
    expect((await solve(desk.owner, id)).body.incidentsJobId).not.toBeNull();
    expect((await solve(desk.owner, id)).body.incidentsJobId).not.toBeNull();
    expect(await count()).toBe(jobs + 2);
  });
});
