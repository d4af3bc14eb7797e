import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { CHUNK_ITEMS, staleJobsQuery } from '#services/bulk/bulk-job.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { qb } from '#services/kernel/query.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;

beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const PRIORITY = { type: 'priority', priority: 'urgent' } as const;
let numbers = 1_000_000;

/** Bare tickets, many at once. */
async function ticketsOf(count: number, fields: Partial<typeof tickets.$inferInsert> = {}): Promise<Id<'tkt'>[]> {
  const ids = Array.from({ length: count }, () => desk.world.newId('tkt'));
  const { open } = desk.world.statuses;
  const now = new Date();
  await desk.world.put(
    qb.insert(tickets).values(
      ids.map((id) => {
        numbers += 1;
        return {
          ...{ id, number: numbers, subject: 'One of many', statusId: open, statusCategory: 'open' as const },
          ...{ lastActivityAt: now, lastPublicAt: now },
          ...fields,
        };
      }),
    ),
  );
  return ids;
}

async function submit(caller: Caller, body: unknown): Promise<Id<'bulk'>> {
  const answer = await caller.post('/tickets/bulk', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

async function runChunk(jobId: Id<'bulk'>): Promise<number> {
  const kernel = testKernel(desk.db.url);
  await runBulkJob(kernel, jobId);
  return kernel.wakes.length === 0 ? 0 : 1;
}

async function finish(jobId: Id<'bulk'>): Promise<void> {
  for (let chunk = 0; chunk < 20; chunk += 1) if ((await runChunk(jobId)) === 0) return;
  throw new Error('a job without end');
}

const jobOf = async (jobId: Id<'bulk'>) => (await desk.owner.get(`/bulk-jobs/${jobId}`)).body;

const itemsOf = (jobId: Id<'bulk'>) =>
  desk.db.query<{ state: string; reason: string | null; n: number }>(
    'select state, reason, count(*)::int as n from bulk_job_items where job_id = $1 group by 1, 2 order by 1, 2',
    [idToUuid(jobId)],
  );

const valuesOf = (ids: readonly Id<'tkt'>[], column: string) =>
  desk.db.query<{ value: unknown; n: number }>(
    `select ${column} as value, count(*)::int as n from tickets where id = any ($1::uuid[]) group by 1 order by 1`,
    [ids.map(idToUuid)],
  );

describe('a job', () => {
  test('works through what the caller saw when it asked, a chunk at a time, and twins apply nothing twice', async () => {
    const seen = await ticketsOf(550, { primaryTeamId: desk.world.teams.support });
    const hidden = await ticketsOf(5, { primaryTeamId: desk.world.teams.billing });
    const agent = await desk.keyOf(desk.world.agent);
    const jobId = await submit(agent, { ids: [...hidden, ...seen], action: PRIORITY });
    expect(await itemsOf(jobId)).toEqual([
      { state: 'pending', reason: null, n: 550 },
      { state: 'refused', reason: null, n: 5 },
    ]);
    // Two consumers of one message, of which one dies after its commit: the other finds its work done.
    const outcomes = await Promise.allSettled([runChunk(jobId), runChunk(jobId)]);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    await finish(jobId);
    expect(await jobOf(jobId)).toMatchObject({ state: 'done', total: 555, succeeded: 550, unchanged: 0, failed: 5 });
    expect(await valuesOf(seen, 'priority')).toEqual([{ value: 'urgent', n: 550 }]);
    expect(await valuesOf(seen, 'version')).toEqual([{ value: 2, n: 550 }]);
    expect(await valuesOf(hidden, 'priority')).toEqual([{ value: 'normal', n: 5 }]);
    const told = await desk.db.query(
      `select count(*)::int as n, count(*) filter (where $2 = all (array[a.bulk_job_id, e.causation_id, l.bulk_job_id]) and a.actor_id = $3)::int as own
       from ticket_activity a join events e on e.entity_id = a.ticket_id join audit_events l on l.target_id = e.entity_id where a.ticket_id = any ($1::uuid[])`,
      [seen.map(idToUuid), idToUuid(jobId), await actorOf(jobId)],
    );
    expect(told).toEqual([{ n: 550, own: 550 }]);
  });

  test('whose consumer is killed before or after a commit is found by the tick and goes on, and nothing is done twice', async () => {
    const ids = await ticketsOf(CHUNK_ITEMS + 1);
    const jobId = await submit(desk.owner, { ids, action: PRIORITY });
    const killed = async (at: 'before' | 'after') => {
      const kernel = testKernel(desk.db.url);
      const batch = kernel.db.batch.bind(kernel.db);
      kernel.db.batch = async (statements, options) => {
        if (options.kind === 'commit' && at === 'before') throw new Error('killed');
        const done = await batch(statements, options);
        if (options.kind === 'commit') throw new Error('killed');
        return done;
      };
      await expect(runBulkJob(kernel, jobId)).rejects.toThrow('killed');
    };
    const done = async () => (await itemsOf(jobId)).find(({ state }) => state === 'ok')?.n ?? 0;
    await killed('before');
    expect(await done()).toBe(0);
    await killed('after');
    expect(await done()).toBe(CHUNK_ITEMS);
    const stale = (minutes: number) =>
      testKernel(desk.db.url).db.batch([staleJobsQuery(new Date(Date.now() + minutes * 60_000))], { kind: 'load' });
    expect((await stale(1))[0].map(({ id }) => id)).not.toContain(jobId);
    expect((await stale(3))[0].map(({ id }) => id)).toContain(jobId);
    await finish(jobId);
    expect(await jobOf(jobId)).toMatchObject({ state: 'done', total: ids.length, succeeded: ids.length });
    expect(await valuesOf(ids, 'version')).toEqual([{ value: 2, n: ids.length }]);
    for (const [table, column] of [
      ['ticket_activity', 'ticket_id'],
      ['events', 'entity_id'],
    ])
      expect(
        await desk.db.query(
          `select count(*)::int as n, count(distinct ${column})::int as tickets from ${table} where ${column} = any ($1::uuid[])`,
          [ids.map(idToUuid)],
        ),
      ).toEqual([{ n: ids.length, tickets: ids.length }]);
  });

  test('of a filter takes the tickets that match now, and a dry run of it writes none', async () => {
    const agent = await desk.holder(['ticket.view_team', 'ticket.bulk_operate', 'ticket.edit_fields'], {
      teamId: await desk.world.team(),
    });
    const body = { filter: { statusCategory: 'open', assignee: 'none' }, action: PRIORITY };
    const dry = await agent.caller.post('/tickets/bulk?dryRun=true', body);
    expect(dry.body).toMatchObject({ dryRun: true, status: 202, wouldAnswer: { total: 0 } });
    const jobId = await submit(agent.caller, body);
    expect((await agent.caller.get(`/bulk-jobs/${jobId}`)).body).toMatchObject({ state: 'done', total: 0 });
    expect((await agent.caller.get('/bulk-jobs')).body.data).toHaveLength(1);
    const ids = await ticketsOf(7, {
      subject: 'Of the filter',
      priority: 'low',
      primaryTeamId: desk.world.teams.billing,
    });
    await ticketsOf(2, { priority: 'low', primaryTeamId: desk.world.teams.support });
    const filter = { priority: 'low', team: desk.world.teams.billing };
    const some = await submit(desk.owner, { filter, action: PRIORITY });
    await ticketsOf(1, { priority: 'low', primaryTeamId: desk.world.teams.billing });
    await finish(some);
    expect(await jobOf(some)).toMatchObject({ state: 'done', total: 7, succeeded: 7 });
    expect(await valuesOf(ids, 'priority')).toEqual([{ value: 'urgent', n: 7 }]);
    expect((await desk.owner.post('/tickets/bulk', { filter: { nothing: 'x' }, action: PRIORITY })).status).toBe(400);
  });

  test('refuses the rest once its creator loses the right, or the key is revoked', async () => {
    const permissions = ['ticket.view_all', 'ticket.bulk_operate', 'ticket.edit_fields'] as const;
    const losses = [
      (member: Id<'prin'>) =>
        desk.db.query(
          "update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1",
          [idToUuid(member)],
        ),
      (member: Id<'prin'>) =>
        desk.db.query(
          "update api_keys set revoked_at = now(), revoke_reason = 'manual' where creator_principal_id = $1",
          [idToUuid(member)],
        ),
    ];
    for (const lose of losses) {
      const { member, caller } = await desk.holder(permissions);
      const ids = await ticketsOf(530);
      const jobId = await submit(caller, { ids, action: PRIORITY });
      await runChunk(jobId);
      await lose(member.id);
      await finish(jobId);
      expect(await itemsOf(jobId)).toEqual([
        { state: 'ok', reason: null, n: 500 },
        { state: 'refused', reason: 'authority_lost', n: 30 },
      ]);
      expect(await jobOf(jobId)).toMatchObject({ state: 'done', succeeded: 500, failed: 30 });
      expect(await valuesOf(ids, 'priority')).toEqual([
        { value: 'normal', n: 30 },
        { value: 'urgent', n: 500 },
      ]);
    }
  });

  test('stops before its next chunk when it is cancelled', async () => {
    const ids = await ticketsOf(510);
    const jobId = await submit(desk.owner, { ids, action: PRIORITY });
    await runChunk(jobId);
    expect((await desk.owner.post(`/bulk-jobs/${jobId}/cancel`)).body).toMatchObject({ state: 'cancelled' });
    await finish(jobId);
    expect(await itemsOf(jobId)).toEqual([
      { state: 'ok', reason: null, n: 500 },
      { state: 'pending', reason: null, n: 10 },
    ]);
    expect((await desk.owner.post(`/bulk-jobs/${jobId}/cancel`)).body).toMatchObject({ reason: 'job_ended' });
    const stranger = await desk.holder(['ticket.view_team', 'ticket.bulk_operate']);
    expect((await stranger.caller.get(`/bulk-jobs/${jobId}`)).status).toBe(404);
    expect((await stranger.caller.get(`/bulk-jobs/${jobId}/items`)).status).toBe(404);
    const page = await desk.owner.get(`/bulk-jobs/${jobId}/items?state=pending&limit=4`);
    expect(page.body.data.map(({ position }: { position: number }) => position)).toEqual([500, 501, 502, 503]);
  });

  test('is undone in the fields that nobody changed since, and only there', async () => {
    const { support, billing } = desk.world.teams;
    const ids = await ticketsOf(60, { primaryTeamId: support });
    const [edited = '' as never, again = '' as never, other = '' as never, gone = '' as never] = ids;
    await desk.db.query("update tickets set priority = 'low' where id = $1", [idToUuid(other)]);
    const jobId = await submit(desk.owner, { ids, action: { type: 'inbox', inboxId: desk.world.inboxes.invoices } });
    expect((await desk.owner.post(`/bulk-jobs/${jobId}/undo`)).body).toMatchObject({ reason: 'not_undoable' });
    await finish(jobId);
    await desk.owner.patch(`/tickets/${edited}`, { primaryTeamId: support });
    for (const inboxId of [desk.world.inboxes.help, desk.world.inboxes.invoices])
      await desk.owner.patch(`/tickets/${again}`, { inboxId });
    await desk.owner.patch(`/tickets/${other}`, { subject: 'Another matter' });
    await desk.owner.delete(`/tickets/${gone}`);
    const undo = await desk.owner.post(`/bulk-jobs/${jobId}/undo`);
    expect(undo.body).toMatchObject({ kind: 'undo', undoOf: jobId, total: 60 });
    await finish(undo.body.id);
    expect(await jobOf(undo.body.id)).toMatchObject({ state: 'done', succeeded: 58, unchanged: 1, failed: 1 });
    const placed = async (id: Id<'tkt'>) => {
      const { inboxId, primaryTeamId } = (await desk.owner.get(`/tickets/${id}`)).body;
      return { inboxId, primaryTeamId };
    };
    expect(await placed(edited)).toEqual({ inboxId: null, primaryTeamId: support });
    expect(await placed(again)).toEqual({ inboxId: desk.world.inboxes.invoices, primaryTeamId: billing });
    expect(await placed(other)).toEqual({ inboxId: null, primaryTeamId: support });
    expect((await desk.owner.get(`/tickets/${other}`)).body).toMatchObject({
      subject: 'Another matter',
      priority: 'low',
    });
  });

  test('of each kind comes back as it was', async () => {
    const { agent, teams, statuses } = desk.world;
    const ids = await ticketsOf(51, { primaryTeamId: teams.support });
    const columns =
      'status_id, assignee_principal_id, assignee_team_id, visibility, custom_fields, deleted_at, solved_at';
    const before = await valuesOf(ids, `(${columns})::text`);
    const actions = [
      { type: 'status', statusId: statuses.solved },
      { type: 'assign', assigneePrincipalId: agent.id, assigneeTeamId: teams.support },
      { type: 'visibility', visibility: 'private' },
      { type: 'tags', add: ['swept'] },
      { type: 'delete' },
    ];
    for (const action of actions) {
      const jobId = await submit(desk.owner, { ids, action });
      await finish(jobId);
      expect(await jobOf(jobId)).toMatchObject({ state: 'done', succeeded: 51 });
      const undo = await desk.owner.post(`/bulk-jobs/${jobId}/undo`);
      await finish(undo.body.id);
      expect(await jobOf(undo.body.id)).toMatchObject({ state: 'done', succeeded: 51 });
      expect(await valuesOf(ids, `(${columns})::text`)).toEqual(before);
    }
    expect(
      await desk.db.query('select 1 from ticket_tag_links where ticket_id = any ($1::uuid[])', [ids.map(idToUuid)]),
    ).toEqual([]);
  });

  test('is limited to three at once', async () => {
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.bulk_operate']);
    const ids = await ticketsOf(51);
    for (let i = 0; i < 3; i += 1) await submit(caller, { ids, action: PRIORITY });
    const fourth = await caller.post('/tickets/bulk', { ids, action: PRIORITY });
    expect([fourth.status, fourth.body.reason]).toEqual([422, 'limit_reached']);
  });

  test('is of 10,000 tickets at most: one more makes none of it', async () => {
    const team = await desk.world.team();
    await desk.db.query(
      `insert into tickets (number, subject, status_id, status_category, primary_team_id, last_activity_at, last_public_at)
       select nextval('ticket_number_seq'), 'One of a crowd', $1, 'open', $2, now(), now() from generate_series(1, 10001)`,
      [idToUuid(desk.world.statuses.open), idToUuid(team)],
    );
    const ask = () => desk.owner.post('/tickets/bulk', { filter: { team }, action: PRIORITY });
    const refused = await ask();
    expect([refused.status, refused.body.reason]).toEqual([422, 'limit_reached']);
    await desk.db.query('delete from tickets where id = (select id from tickets where primary_team_id = $1 limit 1)', [
      idToUuid(team),
    ]);
    const taken = await ask();
    expect(taken.status, JSON.stringify(taken.body)).toBe(202);
    expect(await jobOf(taken.body.id)).toMatchObject({ total: 10_000 });
  });
});

async function actorOf(jobId: Id<'bulk'>): Promise<unknown> {
  const [row] = await desk.db.query<{ actor_id: string }>('select actor_id from bulk_jobs where id = $1', [
    idToUuid(jobId),
  ]);
  return row?.actor_id;
}
