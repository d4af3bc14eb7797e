import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BulkAction } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { qb } from '#services/kernel/query.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import { createSlaPolicy } from '#services/sla/create-sla-policy.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';

const MANY = 500;

let desk: AccessDesk;
let ids: Id<'tkt'>[];

beforeAll(async () => {
  desk = await openAccessDesk();
  const { world } = desk;
  const credential = parseApiKey((await world.keyFor(['sla.manage'])).token, null);
  if (credential === undefined) throw new TypeError('the key of a test parses');
  const targets = [
    { metric: 'next_response' as const, targetSeconds: 3600 },
    { metric: 'total_resolution' as const, targetSeconds: 86_400, pauseCategories: ['pending'] as const },
    { metric: 'total_resolution' as const, priority: 'urgent' as const, targetSeconds: 7200 },
  ];
  await runVerb(testKernel(desk.db.url), createSlaPolicy, { name: 'Standard', targets }, { credential });
  const field = { key: 'seats', type: 'integer', label: 'Seats', requiredOn: 'none' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
  ids = Array.from({ length: MANY }, () => world.newId('tkt'));
  const now = new Date();
  await world.put(
    qb.insert(tickets).values(
      ids.map((id, i) => ({
        ...{ id, number: 1_000_000 + i, subject: 'One of many', lastActivityAt: now, lastPublicAt: now },
        ...{ statusId: world.statuses.open, statusCategory: 'open' as const, customerWaitingSince: now },
        // Of many kinds, so that no two are changed alike by chance.
        priority: i % 2 === 0 ? ('low' as const) : ('high' as const),
        primaryTeamId: i % 3 === 0 ? world.teams.support : world.teams.billing,
        assigneePrincipalId: i % 5 === 0 ? world.agent.id : null,
        customFields: { seats: i },
      })),
    ),
  );
  await desk.db.query('analyze');
}, 60_000);
afterAll(() => desk.close());

/** A chunk as its consumer runs it; null once the job has ended. */
async function chunkOf(jobId: Id<'bulk'>) {
  const kernel = testKernel(desk.db.url);
  await runBulkJob(kernel, jobId);
  const more = kernel.wakes.some(({ message }) => message.kind === 'bulk_job');
  const { trips, statements } = kernel.db.spent;
  return { trips, statements, more };
}

async function submit(action: BulkAction, some = ids): Promise<Id<'bulk'>> {
  const answer = await desk.owner.post('/tickets/bulk', { ids: some, action });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

const jobOf = async (jobId: Id<'bulk'>) => (await desk.owner.get(`/bulk-jobs/${jobId}`)).body;

type Spent = { trips: number; statements: number };

/** Does it, and takes it back where that goes; what each of the two cost. */
async function thereAndBack(action: BulkAction, some = ids): Promise<Spent[]> {
  const run = async (jobId: Id<'bulk'>) => {
    const { more, ...spent } = await chunkOf(jobId);
    const whole = { state: 'done', succeeded: some.length };
    expect([more, await jobOf(jobId)], action.type).toMatchObject([false, whole]);
    return spent;
  };
  const jobId = await submit(action, some);
  const done = await run(jobId);
  if (action.type === 'message' || action.type === 'subscribe') return [done];
  return [done, await run((await desk.owner.post(`/bulk-jobs/${jobId}/undo`)).body.id)];
}

async function costsOf(actions: readonly BulkAction[], some?: Id<'tkt'>[]) {
  const costs: Record<string, number[]> = {};
  for (const action of actions) {
    const spent = await thereAndBack(action, some);
    for (const { trips, statements } of spent) {
      expect(trips, action.type).toBe(2);
      expect(statements, action.type).toBeLessThanOrEqual(10);
    }
    costs[action.type] = spent.map(({ statements }) => statements);
  }
  return costs;
}

test('500 tickets are one chunk of two trips and at most ten statements, clocks and all, done and undone', async () => {
  const { world } = desk;
  const costs = await costsOf([
    { type: 'priority', priority: 'urgent' },
    { type: 'status', statusId: world.statuses.pending },
    { type: 'assign', assigneePrincipalId: world.owner.id, assigneeTeamId: null },
    { type: 'inbox', inboxId: world.inboxes.invoices },
    { type: 'team', primaryTeamId: await world.team() },
    { type: 'tags', add: ['swept', 'twice'] },
    { type: 'fields', customFields: { seats: 1000 } },
    { type: 'message', body: 'We are on it.', audience: 'public' },
  ]);
  // To the statement, so that one more is seen.
  expect(costs).toEqual({
    ...{
      priority: [8, 8],
      status: [9, 9],
      assign: [9, 9],
      inbox: [8, 8],
      team: [8, 8],
      tags: [7, 7],
      fields: [7, 7],
      message: [9],
    },
  });
  const [clocks] = await desk.db.query<{ n: number }>(
    'select count(distinct ticket_id)::int as n from ticket_sla_clocks where ticket_id = any ($1::uuid[])',
    [ids.map(idToUuid)],
  );
  expect(clocks?.n).toBe(MANY);
}, 120_000);

test('so are the other actions: what goes into the trash or comes back with what was merged into it, who follows, what a macro says', async () => {
  const { world } = desk;
  const some = ids.slice(0, 51);
  const [target = '' as never] = some;
  const closed = {
    statusId: world.statuses.closed,
    statusCategory: 'closed',
    solvedAt: new Date(),
    closedAt: new Date(),
  } as const;
  const source = await world.ticket({
    ...closed,
    customerWaitingSince: null,
    mergedIntoId: target,
    mergedAt: new Date(),
  });
  const inTrash = async () =>
    (
      await desk.db.query('select 1 from tickets where id = any ($1::uuid[]) and deleted_at is not null', [
        [source.id, ...some].map(idToUuid),
      ])
    ).length;
  const organizationId = (await desk.owner.post('/organizations', { name: 'Acme' })).body.id;
  const macro = {
    name: 'All',
    audience: 'everyone',
    message: { body: 'Seen.', audience: 'internal' },
    actions: [{ type: 'priority', priority: 'normal' }, { type: 'subscribe' }, { type: 'delete' }],
  };
  const macroId = (await desk.owner.post('/macros', macro)).body.id;
  const costs = await costsOf(
    [
      { type: 'visibility', visibility: 'private' },
      { type: 'organization', organizationId },
      { type: 'subscribe' },
      { type: 'macro', macroId },
      { type: 'delete' },
    ],
    some,
  );
  expect(await inTrash()).toBe(0);
  await chunkOf(await submit({ type: 'delete' }, some));
  expect(await inTrash()).toBe(52);
  Object.assign(costs, await costsOf([{ type: 'restore' }], some));
  expect(await inTrash()).toBe(52);
  await chunkOf(await submit({ type: 'restore' }, some));
  expect(await inTrash()).toBe(0);
  expect(costs).toEqual({
    ...{ visibility: [7, 7], organization: [8, 7], subscribe: [8], macro: [9, 8], delete: [8, 8], restore: [8, 8] },
  });
}, 120_000);

test('so are the jobs that find their tickets by what is left to do', async () => {
  const { world } = desk;
  const some = ids.slice(0, 51).map(idToUuid);
  const from = (
    await desk.owner.post('/ticket-statuses', {
      name: 'Waiting',
      category: 'open',
      color: '#aabbcc',
      slug: 'waiting',
      position: 9,
    })
  ).body.id;
  const leaver = await world.member();
  const [tag, org] = [
    (await desk.owner.post('/ticket-tags', { name: 'to-go' })).body.id,
    (await desk.owner.post('/organizations', { name: 'Old' })).body.id,
  ];
  await desk.db.query(
    `update tickets set status_id = $2, status_category = 'open', assignee_principal_id = $3, organization_id = $4
     where id = any ($1::uuid[])`,
    [some, ...[from, leaver.id, org].map((id) => idToUuid(id))],
  );
  await desk.db.query('insert into ticket_tag_links (ticket_id, tag_id) select unnest($1::uuid[]), $2', [
    some,
    idToUuid(tag),
  ]);
  const jobs = {
    status_replace: { statusId: from, replaceWith: world.statuses.open },
    release_assignee: { principalId: leaver.id, reassignTo: world.owner.id },
    tag_change: { tagId: tag, into: null },
    move_tickets: { column: 'organization_id', from: org, to: null, contactId: null, which: 'all' },
  } as const;
  const costs: Record<string, number> = {};
  for (const [kind, params] of Object.entries(jobs)) {
    const id = world.newId('bulk');
    await desk.db.query(
      `insert into bulk_jobs (id, kind, actor_kind, actor_label, params) values ($1, $2, 'system', '', $3)`,
      [idToUuid(id), kind, JSON.stringify(params)],
    );
    const { trips, statements } = await chunkOf(id);
    expect([trips, await jobOf(id)], kind).toMatchObject([2, { state: 'done', succeeded: some.length }]);
    costs[kind] = statements;
  }
  // The last chunk of a tag ends the tag as well.
  expect(costs).toEqual({ status_replace: 10, release_assignee: 10, tag_change: 11, move_tickets: 8 });
}, 60_000);

test('an action of many words takes fewer tickets at once', async () => {
  const jobId = await submit({ type: 'message', body: 'w'.repeat(100_000), audience: 'internal' });
  expect((await chunkOf(jobId)).more).toBe(true);
  expect(await jobOf(jobId)).toMatchObject({ state: 'running', succeeded: 19 });
  expect((await desk.owner.post(`/bulk-jobs/${jobId}/cancel`)).status).toBe(200);
});
