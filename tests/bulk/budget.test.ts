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

async function submit(action: BulkAction): Promise<Id<'bulk'>> {
  const answer = await desk.owner.post('/tickets/bulk', { ids, action });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

const jobOf = async (jobId: Id<'bulk'>) => (await desk.owner.get(`/bulk-jobs/${jobId}`)).body;

test('500 tickets are one chunk of two trips and at most ten statements, clocks and all; undone, of three and twelve', async () => {
  const { world } = desk;
  const actions: BulkAction[] = [
    { type: 'priority', priority: 'urgent' },
    { type: 'status', statusId: world.statuses.pending },
    { type: 'assign', assigneePrincipalId: world.owner.id, assigneeTeamId: null },
    { type: 'inbox', inboxId: world.inboxes.invoices },
    { type: 'team', primaryTeamId: await world.team() },
    { type: 'tags', add: ['swept', 'twice'] },
    { type: 'fields', customFields: { seats: 1000 } },
    { type: 'message', body: 'We are on it.', audience: 'public' },
  ];
  const spent: Record<string, { trips: number; statements: number }> = {};
  const undone: typeof spent = {};
  for (const action of actions) {
    const jobId = await submit(action);
    const { more, ...chunk } = await chunkOf(jobId);
    spent[action.type] = chunk;
    expect([more, await jobOf(jobId)], action.type).toMatchObject([false, { state: 'done', succeeded: MANY }]);
    if (action.type === 'message') continue;
    const undo = (await desk.owner.post(`/bulk-jobs/${jobId}/undo`)).body.id;
    const { more: further, ...back } = await chunkOf(undo);
    undone[action.type] = back;
    expect([further, await jobOf(undo)], action.type).toMatchObject([false, { state: 'done', succeeded: MANY }]);
  }
  for (const [type, { trips, statements }] of Object.entries(spent)) {
    expect(trips, type).toBe(2);
    expect(statements, type).toBeLessThanOrEqual(10);
  }
  for (const [type, { trips, statements }] of Object.entries(undone)) {
    expect(trips, type).toBeLessThanOrEqual(3);
    expect(statements, type).toBeLessThanOrEqual(12);
  }
  // To the statement, so that one more is seen.
  expect(Object.fromEntries(Object.entries(spent).map(([type, { statements }]) => [type, statements]))).toEqual({
    ...{ priority: 8, status: 9, assign: 8, inbox: 8, team: 8, tags: 7, fields: 7, message: 9 },
  });
  const [clocks] = await desk.db.query<{ n: number }>(
    'select count(distinct ticket_id)::int as n from ticket_sla_clocks where ticket_id = any ($1::uuid[])',
    [ids.map(idToUuid)],
  );
  expect(clocks?.n).toBe(MANY);
}, 120_000);

test('an action of many words takes fewer tickets at once', async () => {
  const jobId = await submit({ type: 'message', body: 'w'.repeat(100_000), audience: 'internal' });
  expect((await chunkOf(jobId)).more).toBe(true);
  expect(await jobOf(jobId)).toMatchObject({ state: 'running', succeeded: 19 });
  expect((await desk.owner.post(`/bulk-jobs/${jobId}/cancel`)).status).toBe(200);
});
