import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DryRun } from '#schema/api/dry-run.ts';
import { formatApiKey, newSecret } from '#services/access/credential.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { takesDryRun } from '#workers/routes/dry-run.ts';
import { routes } from '#workers/routes/index.ts';
import type { Route, StaffRoute } from '#workers/routes/route.ts';
import { type Answered, type Bent, openRouteCaller, type Prepared, type RouteCaller } from './support/route-caller.ts';
import { PERSON_ONLY } from './support/route-things.ts';
import { changedTables, nextTransaction, type TableStates, tableStates, writtenSince } from './support/table-states.ts';
import type { TestKey } from './support/world.ts';

const named = <R extends Route>(those: readonly R[]) => those.map((route) => [route.id, route] as const);
const changes = routes.filter((route): route is StaffRoute => route.kind === 'staff' && takesDryRun(route));
const byKey = changes.filter(({ id }) => !PERSON_ONLY.has(id));
const others = routes.filter((route) => !takesDryRun(route));

let caller: RouteCaller;
beforeAll(async () => {
  caller = await openRouteCaller();
});
afterAll(() => caller.close());

const dry = (prepared: Prepared): Bent => ({
  query: new URLSearchParams({ ...prepared.query, dryRun: 'true' }).toString(),
});

/** Sends a dry run and holds it to what all of them must be: one trip, and nothing written. */
async function tryOut(prepared: Prepared, bent: Bent = {}): Promise<Answered> {
  const next = await nextTransaction(caller.world.db);
  const answer = await caller.send(prepared, { token: caller.full, ...dry(prepared), ...bent });
  expect(await writtenSince(caller.world.db, next)).toEqual([]);
  expect(answer.trips, answer.text).toBe(1);
  return answer;
}

const refusalOf = ({ status, json }: Answered) => ({ status, code: json.code, reason: json.reason });

test('every change by staff takes a dry run, and nothing else does', () => {
  expect(changes.map(({ id }) => id)).toEqual(
    routes
      .filter(({ kind, method }) => kind === 'staff' && method !== 'GET')
      .filter(({ idempotency, dryRun }) => idempotency !== 'none' && dryRun !== false)
      .map(({ id }) => id),
  );
});

describe('a dry run', () => {
  test.each(named(byKey))('%s: says what the change then does, and writes nothing', async (_id, route) => {
    const { token } = await freshKey(PERMISSION_KEYS);
    const prepared = await caller.prepare(route);
    const { db } = caller.world;
    const before = await tableStates(db, await nextTransaction(db));
    const told = await tryOut(prepared, {
      token,
      headers: { 'idempotency-key': 'not / looked at ', ...prepared.headers },
    });
    expect(told.status, told.text).toBe(200);
    expect(changedTables(before, await tableStates(db, before.next))).toEqual([]);
    const { status, writes, events, wouldAnswer } = DryRun.parse(told.json);

    const done = await caller.send(prepared, { token });
    const after = await tableStates(db, before.next);
    expect(done.status, done.text).toBe(status);
    expect(wouldAnswer === null).toBe(done.text === '');
    expect(changedTables(before, after).filter((table) => !(table in writes))).toEqual([]);
    expect(rowsWritten(writes, after)).toEqual(writes);
    expect(await typesSince(before)).toEqual(events);
    for (const secret of route.secretFields ?? [])
      expect((wouldAnswer as Record<string, unknown>)[secret], secret).toBeNull();
  });

  test.each(named(byKey))('%s: refuses what the change refuses', async (_id, route) => {
    const { token } = await freshKey(PERMISSION_KEYS);
    const prepared = await caller.prepare(route);
    await caller.send(prepared, { token });
    const again = await tryOut(prepared, { token });
    const inEarnest = await caller.send(prepared, { token });
    if (inEarnest.status >= 400) expect(refusalOf(again)).toEqual(refusalOf(inEarnest));
    else expect([again.status, again.json.status], again.text).toEqual([200, inEarnest.status]);
  });

  test.each(named(byKey.filter(({ version = 'none' }) => version !== 'none')))(
    '%s: is stale as the change is',
    async (_id, route) => {
      const prepared = await caller.prepare(route);
      const stale = await tryOut(prepared, { headers: { ...prepared.headers, 'if-match': '"999"' } });
      expect(stale).toMatchObject({ status: 412, json: { code: 'stale_version' } });
    },
  );

  test.each(named(changes))(
    '%s: needs what the change needs and leaves no denial, where a refused change leaves that alone',
    async (_id, route) => {
      const { world } = caller;
      const { token } = await freshKey(unneeded(route));
      const prepared = await caller.prepare(route);
      const answer = await tryOut(prepared, { token });
      const next = await nextTransaction(world.db);
      const inEarnest = await caller.send(prepared, { token });
      const left = await writtenSince(world.db, next);
      if (inEarnest.status >= 400) expect(left.filter((table) => table !== 'audit_events')).toEqual([]);
      expect(refusalOf(answer), answer.text).toEqual(refusalOf(inEarnest));
      if (route.permission !== 'self') expect([403, 404]).toContain(answer.status);
    },
  );
});

test.each(named(others))('%s: writes nothing, or has every try count: no dry run of it', async (_id, route) => {
  const prepared = await caller.prepareShape(route);
  const bytes = route.kind === 'public' && route.bytes !== undefined;
  const answer = await caller.send(prepared, {
    ...(route.kind === 'public' ? {} : { token: caller.full }),
    ...(bytes ? { body: '{}' } : {}),
    ...dry(prepared),
  });
  expect({ trips: answer.trips, ...answer.json }, answer.text).toMatchObject({
    trips: 0,
    status: 400,
    errors: [{ in: 'query', pointer: '/dryRun', code: 'unknown_field' }],
  });
});

test('a wrong secret is kept, whatever was asked with it', async () => {
  const prepared = await caller.prepareShape(byKey[0] as StaffRoute);
  const { id } = await caller.world.keyFor(['team.view']);
  const answer = await caller.send(prepared, { token: formatApiKey(id, newSecret()), ...dry(prepared) });
  expect([answer.status, answer.trips]).toEqual([401, 2]);
});

/** Of an owner of its own, and the newest: what the matrix makes for a caller is its. */
async function freshKey(scopes: readonly Permission[]): Promise<TestKey> {
  return caller.world.keyFor(scopes, { creator: await caller.world.member({ role: 'owner' }) });
}

/** Every permission but those that the route asks for and what implies them. */
function unneeded({ permission }: StaffRoute): Permission[] {
  const needed: readonly Permission[] =
    permission === 'self' ? [] : typeof permission === 'string' ? [permission] : permission.anyOf;
  return PERMISSION_KEYS.filter(
    (key) => !needed.includes(key) && !PERMISSIONS[key].implies.some((each) => needed.includes(each as Permission)),
  );
}

/** The rows that a commit wrote, table by table, where the dry run could tell and none were deleted. */
function rowsWritten(
  foretold: Readonly<Record<string, number | null>>,
  after: TableStates,
): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(foretold).map(([table, rows]) => {
      const written = after.tables[table]?.written ?? 0;
      return [table, rows === null || written === 0 ? rows : written];
    }),
  );
}

async function typesSince({ next }: TableStates): Promise<string[]> {
  const found = await caller.world.db.query<{ type: string }>(
    'select type from events where xmin::text::bigint >= $1::bigint order by seq',
    [next],
  );
  return found.map(({ type }) => type);
}
