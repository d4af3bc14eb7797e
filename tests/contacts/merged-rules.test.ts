import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { compileSla } from '#services/sla/compile-config.ts';
import { createSlaPolicy } from '#services/sla/create-sla-policy.ts';
import { slaSetupQuery } from '#services/sla/sla-setup.ts';
import { type AccessDesk, type Answered, openAccessDesk } from '#tests/support/access-desk.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const ok = (answer: Answered): Answered['body'] => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};
let names = 0;
const company = async (): Promise<{ id: Id<'org'> }> => {
  names += 1;
  return ok(await desk.owner.post('/organizations', { name: `Company ${names}` }));
};
const rowsOf = (table: string, column: string, text: string) =>
  desk.db.query<Record<string, unknown>>(`select * from ${table} where strpos(${column}::text, $1) > 0`, [text]);
const anyRuleNames = async (id: string) =>
  (
    await Promise.all(
      [
        ['saved_views', 'filter'],
        ['macros', 'actions'],
        ['sla_policies', 'conditions'],
        ['escalation_rules', 'conditions'],
        ['segments', 'rule'],
        ['compiled_configs', 'content'],
      ].map(([table = '', column = '']) => rowsOf(table, column, id)),
    )
  ).flat().length;

/** Set-up of every kind that names a record by its id, and a view that names another beside it. */
async function namedBy(loser: string, other: string, filter: string, field: string, action: object[]) {
  const view = ok(
    await desk.owner.post('/views', {
      name: `Of ${loser}`,
      audience: 'everyone',
      filter: { [filter]: `none,${loser},${other}` },
    }),
  );
  const macro =
    action.length === 0
      ? undefined
      : ok(await desk.owner.post('/macros', { name: `To ${loser}`, audience: 'everyone', actions: action }));
  names += 1;
  const { output: policy } = await askVerb(desk.db.url, desk.owner.token, createSlaPolicy, {
    name: `Policy ${names}`,
    conditions: { any: [{ field, op: 'in', value: [loser] }] },
    targets: [{ metric: 'first_response', targetSeconds: 3600 }],
  });
  await desk.db.query(
    `insert into escalation_rules (name, metrics, percent, conditions, actions) values ($1, '{first_response}', 80, $2, '[{"type": "notify"}]')`,
    [`Of ${loser}`, { all: [{ not: { field, op: 'is', value: loser } }] }],
  );
  await desk.db.query(`insert into segments (slug, name, kind, rule) values ($1, $1, 'dynamic', $2)`, [
    `s${names}`,
    { field, op: 'is', value: loser },
  ]);
  return { view, macro, policy };
}
const policyOf = async (ticketId: string) =>
  (
    await desk.db.query<{ id: string | null }>(
      `select to_typeid('sla', customer_policy_id) as id from ticket_sla where to_typeid('tkt', ticket_id) = $1`,
      [ticketId],
    )
  )[0]?.id;

test('what named an organisation names the one that took it in, edited as by hand, in the commit of the merge', async () => {
  const [winner, loser, bystander] = [await company(), await company(), await company()];
  const theirs = await desk.world.ticket({ organizationId: loser.id });
  const { view, macro, policy } = await namedBy(loser.id, winner.id, 'organization', 'organization', [
    { type: 'organization', organizationId: loser.id },
    { type: 'priority', priority: 'high' },
  ]);
  const untouched = ok(
    await desk.owner.post('/views', { name: 'Others', audience: 'everyone', filter: { organization: bystander.id } }),
  );
  await desk.told();

  const merged = await desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: loser.id });
  expect([merged.status, merged.trips]).toEqual([200, 2]);
  expect(await anyRuleNames(loser.id)).toBe(0);
  expect((await desk.told()).audit.map(({ action }) => action)).toEqual(['organization.merged']);

  const seen = ok(await desk.owner.get(`/views/${view.id}`));
  expect(seen).toMatchObject({ filter: { organization: `none,${winner.id}` }, stale: false, version: 2 });
  const own = await desk.world.ticket({ organizationId: winner.id });
  const listed = ok(await desk.owner.get(`/views/${view.id}/tickets`)).data.map(({ id }: { id: string }) => id);
  expect(listed).toEqual(expect.arrayContaining([theirs.id, own.id]));
  expect(ok(await desk.owner.get(`/views/${untouched.id}`)).version).toBe(1);
  const stale = await desk.owner.patch(`/views/${view.id}`, { name: 'X' }, { 'if-match': '"1"' });
  expect(stale.status).toBe(412);

  expect(ok(await desk.owner.get(`/macros/${macro?.id}`))).toMatchObject({
    actions: [
      { type: 'organization', organizationId: winner.id },
      { type: 'priority', priority: 'high' },
    ],
    version: 2,
  });
  for (const table of ['escalation_rules', 'segments'] as const)
    expect(await rowsOf(table, table === 'segments' ? 'rule' : 'conditions', winner.id), table).toMatchObject([
      { version: 2, revision: 2 },
    ]);

  const versions = await desk.db.query<{ version: number; content: { conditions: unknown; version: number } }>(
    `select version, content from sla_policy_versions where to_typeid('sla', policy_id) = $1 order by version`,
    [policy.id],
  );
  expect(versions.map(({ version, content }) => [version, content.version, content.conditions])).toEqual([
    [1, 1, { any: [{ field: 'organization', op: 'in', value: [loser.id] }] }],
    [2, 2, { any: [{ field: 'organization', op: 'in', value: [winner.id] }] }],
  ]);
  const body = { subject: 'S', body: 'B', organizationId: winner.id, requester: { email: 'bo@merged.example' } };
  expect(await policyOf(ok(await desk.owner.post('/tickets', body)).id)).toBe(policy.id);
});

test('the compiled configuration is what the rows compile to', async () => {
  const [setup] = await testKernel(desk.db.url).db.batch([slaSetupQuery()], { kind: 'load' });
  const [row] = await desk.db.query<{ content: unknown; revision: string }>(
    `select content, revision from compiled_configs where kind = 'sla'`,
  );
  const { revision, ...compiled } = compileSla(setup);
  expect(row?.content).toEqual(JSON.parse(JSON.stringify({ ...compiled, revision: revision - 1 })));
});

test('what named a contact names the one that took it in', async () => {
  const person = async () => ok(await desk.owner.post('/contacts', { name: 'Bo Lind' })) as { id: Id<'contact'> };
  const [winner, loser, other] = [await person(), await person(), await person()];
  const { view } = await namedBy(loser.id, other.id, 'requester', 'contact', []);
  ok(await desk.owner.post(`/contacts/${winner.id}/merge`, { loserId: loser.id }));
  expect(await anyRuleNames(loser.id)).toBe(0);
  expect(ok(await desk.owner.get(`/views/${view.id}`))).toMatchObject({
    filter: { requester: `none,${winner.id},${other.id}` },
    version: 2,
  });
});

test('a merge that does not come about leaves every rule as it was', async () => {
  const [winner, loser] = [await company(), await company()];
  const { view } = await namedBy(loser.id, winner.id, 'organization', 'organization', []);
  const named = await anyRuleNames(loser.id);
  let crossed = 0;
  desk.worker.proxy.setHook(async ({ queries }) => {
    if (queries.some((text) => text.includes('update saved_views'))) {
      crossed += 1;
      await desk.db.query('update organizations set revision = revision + 1 where id = $1', [idToUuid(winner.id)]);
    }
    return 'pass' as const;
  });
  const answer = await desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: loser.id });
  desk.worker.proxy.setHook(undefined);
  expect([answer.status, answer.body.reason]).toEqual([409, 'contention']);
  expect(crossed).toBeGreaterThan(1);
  expect(await anyRuleNames(loser.id)).toBe(named);
  expect(ok(await desk.owner.get(`/views/${view.id}`)).version).toBe(1);
});

test('a policy that is edited while two become one is not lost', async () => {
  const [winner, loser] = [await company(), await company()];
  const { policy } = await namedBy(loser.id, winner.id, 'organization', 'organization', []);
  const edit = () =>
    askVerb(desk.db.url, desk.owner.token, createSlaPolicy, {
      name: 'In between',
      conditions: { all: [{ field: 'organization', op: 'is', value: loser.id }] },
      targets: [{ metric: 'first_response', targetSeconds: 60 }],
    });
  const merge = () => desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: loser.id });
  ok(await desk.overtaken(merge, edit));
  const [config] = await desk.db.query<{ content: { policies: { id: string; name: string; conditions: unknown }[] } }>(
    `select content from compiled_configs where kind = 'sla'`,
  );
  const said = config?.content.policies
    .filter(({ id, name }) => id === policy.id || name === 'In between')
    .map(({ conditions }) => JSON.stringify(conditions));
  expect(said).toHaveLength(2);
  for (const each of said ?? []) expect(each).toContain(winner.id);
});

test('people of a merged organisation are the winner’s, though it is archived before they have moved', async () => {
  const [winner, loser] = [await company(), await company()];
  const person = (await desk.owner.post('/contacts', { name: 'Left behind', organizationId: loser.id })).body;
  await desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: loser.id });
  await desk.owner.post(`/organizations/${winner.id}/archive`);
  await runJobs();
  expect((await desk.owner.get(`/contacts/${person.id}`)).body.organizationId).toBe(winner.id);
});

test('tickets that a merge has not moved yet are found by the winner', async () => {
  const [winner, loser] = [await desk.world.contact('Winner'), await desk.world.contact('Loser')];
  const { id } = await desk.world.ticket({ requesterContactId: loser.id });
  await desk.owner.post(`/contacts/${winner.id}/merge`, { loserId: loser.id });
  await put('update tickets set requester_contact_id = $2 where id = $1', idToUuid(id), idToUuid(loser.id));
  for (const sort of ['-lastActivity', 'created'])
    expect(
      (await desk.owner.get(`/tickets?requester=${winner.id}&sort=${sort}`)).body.data.map(
        (each: { id: string }) => each.id,
      ),
    ).toEqual([id]);
});

test('jobs from a record to what is merged into it are over', async () => {
  const [here, there] = [await company(), await company()];
  const person = (await desk.owner.post('/contacts', { name: 'Staying', organizationId: here.id })).body;
  await put(
    `insert into bulk_jobs (id, kind, actor_kind, params, heartbeat_at) values
      (uuidv7(), 'move_tickets', 'system', $1, now()), (uuidv7(), 'attach_contacts', 'system', $2, now())`,
    { column: 'organization_id', from: here.id, to: there.id, contactId: null, which: 'all' },
    { organizationId: there.id, from: here.id },
  );
  await desk.owner.post(`/organizations/${here.id}/merge`, { loserId: there.id });
  await runJobs();
  expect((await desk.owner.get(`/contacts/${person.id}`)).body.organizationId).toBe(here.id);
  expect(await count("bulk_jobs where state <> 'done' or finished_at is null")).toBe(0);
});

const runJobs = async () => {
  for (let left = 3; left > 0; left -= 1)
    for (const job of await put(
      "select public.to_typeid('bulk', id) as id from bulk_jobs where state in ('queued', 'running')",
    ))
      await runBulkJob(testKernel(desk.db.url), job.id as Id<'bulk'>);
};
const put = (sql: string, ...params: unknown[]) => desk.db.query<Record<string, unknown>>(sql, params);
const count = async (sql: string, ...params: unknown[]) =>
  Number((await put(`select count(*) as n from ${sql}`, ...params))[0]?.n);

test('a merged organisation moves more tickets than one commit takes, all of them once', async () => {
  const [winner, loser] = [await company(), await company()];
  const { id } = await desk.world.ticket({ organizationId: loser.id });
  await put(
    `insert into tickets (number, subject, status_id, status_category, organization_id, last_activity_at, last_public_at)
     select nextval('ticket_number_seq'), subject, status_id, status_category, organization_id, last_activity_at, last_public_at
     from tickets, generate_series(1, 1200) where id = $1`,
    idToUuid(id),
  );
  await put('update tickets set deleted_at = now() where id = $1', idToUuid(id));
  await desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: loser.id });
  expect(await count('tickets where organization_id = $1', idToUuid(loser.id))).toBe(201);
  const [left] = await put('select number from tickets where organization_id = $1 limit 1', idToUuid(loser.id));
  for (const filter of [`organization=${winner.id}`, `organization=${winner.id}&sort=-created`])
    expect((await desk.owner.get(`/tickets?${filter}&limit=200`)).body.page.hasMore).toBe(true);
  const found = await desk.owner.get(`/tickets?organization=${winner.id}&q=${left?.number}`);
  expect(found.body.data[0]).toMatchObject({ number: Number(left?.number), organizationId: loser.id });
  await runJobs();
  // One lies in the trash, which tells nobody.
  const told =
    "events e join bulk_jobs j on j.id = e.causation_id where e.type = 'ticket.updated' and j.kind = 'move_tickets'";
  expect(await count(told)).toBe(201);
  expect(
    await count('events e join tickets t on t.id = e.entity_id where t.organization_id = $1', idToUuid(winner.id)),
  ).toBe(1200);
  expect(await count('tickets where organization_id = $1 and event_seq = 1', idToUuid(winner.id))).toBe(1200);
  expect(await count('tickets where organization_id = $1 and version = 2', idToUuid(winner.id))).toBe(1201);
  expect(await count("ticket_activity where data -> 'changes' -> 0 ->> 'to' = $1", winner.id)).toBe(1201);
  expect(
    await put("select state, succeeded from bulk_jobs where kind = 'move_tickets' order by created_at desc limit 1"),
  ).toEqual([{ state: 'done', succeeded: 201 }]);
});
