import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, type Prefix, prefixOf, uuidToId } from '#schema/ids.ts';
import { formatApiKey, newSecret } from '#services/access/credential.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { roundTripsOf } from '#workers/openapi/operation.ts';
import { routes } from '#workers/routes/index.ts';
import type { Route, StaffRoute } from '#workers/routes/route.ts';
import { openRouteCaller, type RouteCaller } from './support/route-caller.ts';
import { ALSO_NEEDS, IN_THE_TRASH, KINDS, PERSON_ONLY } from './support/route-things.ts';
import { nextTransaction, writtenSince } from './support/table-states.ts';
import type { TestKey } from './support/world.ts';

const named = <R extends Route>(those: readonly R[]) => those.map((route) => [route.id, route] as const);
const staff = routes.filter((route): route is StaffRoute => route.kind === 'staff');
const guarded = routes.filter(({ kind }) => kind !== 'public');
const withPermission = staff.filter(({ permission }) => permission !== 'self');
const byKey = staff.filter(({ id }) => !PERSON_ONLY.has(id));
const withIds = staff.filter(({ params }) => params !== undefined);
/** What tickets refer to is read by whoever has the permission at some place. */
const seenAnywhere = new Set<string>(
  withIds.filter(({ method, check }) => method === 'GET' && check === 'anywhere').map(({ path }) => path),
);
const isSeenAnywhere = ({ path }: StaffRoute): boolean => seenAnywhere.has(path.replace(/\}.*/, '}'));
const ofWorkspace = withIds.filter((route) => isSeenAnywhere(route) && route.check === 'workspace');

let caller: RouteCaller;
beforeAll(async () => {
  caller = await openRouteCaller();
});
afterAll(() => caller.close());

const asked = ({ permission }: StaffRoute): readonly Permission[] =>
  permission === 'self' ? [] : typeof permission === 'string' ? [permission] : permission.anyOf;

describe('without a credential that counts', () => {
  let dead: Record<string, TestKey>;
  beforeAll(async () => {
    const { world } = caller;
    const past = new Date(Date.now() - 60_000);
    const leaver = await world.member({ role: 'owner' });
    dead = {
      key_revoked: await world.keyFor(PERMISSION_KEYS, { revokedAt: past }),
      key_expired: await world.keyFor(PERMISSION_KEYS, { expiresAt: past }),
      creator_inactive: await world.keyFor(PERMISSION_KEYS, { creator: leaver }),
    };
    await world.db.query("update principal set member_state = 'suspended' where display_name = $1", [leaver.name]);
  });

  test.each(named(guarded))(
    '%s: no credential is 401 and costs no trip, also with a broken body',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      const broken = [{ body: '{"broken' }, { query: 'surprise=1' }, { headers: { 'idempotency-key': 'a b' } }];
      const bents = [{}, ...(route.method === 'GET' ? [] : broken)];
      for (const answer of await Promise.all(bents.map((bent) => caller.send(prepared, bent)))) {
        expect(answer).toMatchObject({ status: 401, trips: 0, json: { code: 'unauthenticated' } });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="mallard"');
      }
    },
  );

  test.each(named(guarded))('%s: a garbage credential is 401 and costs no trip', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const { full } = caller;
    const mistyped = `${full.slice(0, 40)}${full[40] === 'x' ? 'y' : 'x'}${full.slice(41)}`;
    const garbage = [
      'Bearer',
      'Bearer mk_',
      `Basic ${full}`,
      full,
      `Bearer ${full}x`,
      `Bearer ${mistyped}`,
      `Bearer ${full}, Bearer ${full}`,
      'Bearer wst_1',
    ];
    const answers = garbage.map((authorization) => caller.send(prepared, { headers: { authorization } }));
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ status: 401, trips: 0 });
      expect(answer.json).not.toHaveProperty('reason');
    }
  });

  test.each(named(staff))(
    '%s: a wrong secret is 401 as an unknown key is, for the same two trips',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      const { id } = dead.key_revoked as TestKey;
      const wrong = await caller.send(prepared, { token: formatApiKey(id, newSecret()) });
      const unknown = await caller.send(prepared, { token: formatApiKey(caller.world.newId('key'), newSecret()) });
      expect([wrong.status, wrong.trips, unknown.trips, wrong.json.reason]).toEqual([401, 2, 2, undefined]);
      expect({ ...wrong.json, requestId: '' }).toEqual({ ...unknown.json, requestId: '' });
    },
  );

  test.each(named(staff))(
    '%s: a revoked key, an expired one, and one of a suspended member are 401 and say why',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      const refused = async ([reason, { token }]: [string, TestKey]): Promise<void> =>
        expect((await caller.send(prepared, { token })).json).toMatchObject({ status: 401, reason });
      await Promise.all(Object.entries(dead).map(refused));
    },
  );
});

test('each kind of thing that a path names can be made for this matrix', () => {
  const named = withIds.flatMap(({ params }) => Object.values(params?.shape ?? {}).map((schema) => prefixIn(schema)));
  expect(named.filter((prefix) => prefix !== undefined && KINDS[prefix] === undefined)).toEqual([]);
});

describe('with a credential', () => {
  const views = PERMISSION_KEYS.filter((key) => /\.view(?:_all)?$/.test(key));

  test.each(named(withPermission))('%s: every permission but the declared one is refused', async (_id, route) => {
    const needed = asked(route);
    const others = PERMISSION_KEYS.filter(
      (key) => !needed.includes(key) && !PERMISSIONS[key].implies.some((each) => needed.includes(each as Permission)),
    );
    const { token } = await freshKey(others);
    const prepared = await caller.prepare(route);
    const next = await nextTransaction(caller.world.db);
    const answer = await caller.send(prepared, { token });
    expect([403, 404], answer.text).toContain(answer.status);
    if (answer.status === 403) expect(answer.json.required).toEqual([expect.stringMatching(/^[a-z_]+\.[a-z_]+$/)]);
    expect(['', 'audit_events']).toContain((await writtenSince(caller.world.db, next)).join());
  });

  test.each(named(byKey))(
    '%s: the declared permission and sight are enough, in the declared number of trips',
    async (_id, route) => {
      const [first] = asked(route);
      const held = new Set([...(first === undefined ? [] : [first]), ...(ALSO_NEEDS[route.id] ?? []), ...views]);
      const { token } = await freshKey([...held]);
      const answer = await caller.send(await caller.prepare(route), { token });
      expect(Object.keys(route.answers), answer.text).toContain(String(answer.status));
      if (!held.has('admin.manage_users')) expect(answer.text).not.toContain('@desk.test');
      expect(answer.trips).toBe(roundTripsOf(route));
      expect(answer.headers.get('server-timing')).toMatch(new RegExp(`^db;desc="${answer.trips}";dur=\\d+$`));
      if (answer.status === 201) expect(answer.headers.get('location')).toMatch(/^\/api\/v1\//);
      if (typeof answer.json.version === 'number') expect(answer.headers.get('etag')).toBe(`"${answer.json.version}"`);
    },
  );

  test.each(
    named(
      staff.filter(({ id, method, body }) => method === 'PATCH' && !PERSON_ONLY.has(id) && body?.safeParse({}).success),
    ),
  )('%s: an empty change writes nothing: one trip, two with a key, the same version', async (_id, route) => {
    const prepared = await caller.prepare(route);
    const plain = await caller.send(prepared, { token: caller.full, body: {} });
    const keyed = await caller.send(prepared, {
      token: caller.full,
      body: {},
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    expect([plain.status, plain.trips, keyed.status, keyed.trips]).toEqual([200, 1, 200, 2]);
    expect(keyed.headers.get('etag')).toBe(plain.headers.get('etag'));
  });

  test.each(named(withIds.filter((route) => !isSeenAnywhere(route))))(
    "%s: another team's thing does not exist for a limited key",
    async (_id, route) => {
      const { world } = caller;
      const token = await limitedKey();
      const ticket = { primaryTeamId: world.teams.billing, inboxId: world.inboxes.invoices };
      const answer = await caller.send(await caller.prepare(route, { ticket }), { token });
      expect(answer.status, answer.text).toBe(404);
    },
  );

  test.each(named(ofWorkspace))(
    '%s: what a limited key may read is not changed by it, and it is told so',
    async (_id, route) => {
      const answer = await caller.send(await caller.prepare(route), { token: await limitedKey() });
      expect([answer.status, answer.json.reason], answer.text).toEqual([403, 'key_limit']);
    },
  );

  test.each(named(withIds))(
    '%s: absent, nil, gone and invisible are the same 404 but for request id and path',
    async (_id, route) => {
      const { world, full } = caller;
      const invisible = await caller.prepare(route, { ticket: { primaryTeamId: world.teams.billing } });
      const answers = [
        await caller.send({ ...invisible, path: absentPath(route) }, { token: full }),
        await caller.send(
          { ...invisible, path: absentPath(route, (prefix) => uuidToId(prefix, NIL)) },
          { token: full },
        ),
        ...(isSeenAnywhere(route) ? [] : [await caller.send(invisible, { token: await limitedKey() })]),
      ];
      for (const [name, id] of Object.entries(invisible.ids)) {
        const remove = KINDS[prefixOf(id) as Prefix]?.remove;
        if (remove === undefined || IN_THE_TRASH.has(route.id)) continue;
        const prepared = await caller.prepare(route);
        await remove(world, prepared.ids[name] as Id);
        answers.push(await caller.send(prepared, { token: full }));
      }
      expect(answers.map(({ status, text }) => `${status} ${text}`).filter((each) => !each.startsWith('404'))).toEqual(
        [],
      );
      const texts = answers.map(({ text, json }) =>
        text.replace(String(json.requestId), '').replace(String(json.instance), ''),
      );
      expect(new Set(texts).size, texts.join('\n')).toBe(1);
    },
  );

  // People and macros are named beside a ticket or team, and hang on none.
  const children = withIds.filter(
    ({ id, path }) => (path.match(/\{/g)?.length ?? 0) > 1 && !/Macro$|TeamMember$/.test(id),
  );
  test.each(named(children))('%s: a child of another does not exist, and nothing changes', async (_id, route) => {
    const [own, other] = [await caller.prepare(route), await caller.prepare(route)];
    const [parent = '', child = ''] = Object.values(own.ids);
    const foreign = { ...own, path: own.path.replace(child, Object.values(other.ids)[1] ?? '') };
    expect(own.path).toMatch(new RegExp(`${parent}.*${child}`));
    const before = await nextTransaction(caller.world.db);
    const answer = await caller.send(foreign, { token: caller.full });
    expect(answer.status, answer.text).toBe(404);
    // That the key was used may be noted at any moment.
    expect((await writtenSince(caller.world.db, before)).filter((table) => table !== 'api_keys')).toEqual([]);
  });
});

/** Of an owner of its own: nobody may stand behind more than fifty keys. */
async function freshKey(scopes: readonly Permission[]): Promise<TestKey> {
  return caller.world.keyFor(scopes, { creator: await caller.world.member({ role: 'owner' }) });
}

async function limitedKey(): Promise<string> {
  const { world } = caller;
  const creator = await world.member({ role: 'owner' });
  const { token } = await world.keyFor(PERMISSION_KEYS, {
    creator,
    teamIds: [world.teams.support],
    inboxIds: [world.inboxes.help],
  });
  return token;
}

const NIL = '00000000-0000-0000-0000-000000000000';

function absentPath(route: Route, absent: (prefix: Prefix) => Id = (prefix) => caller.world.newId(prefix)): string {
  const shape = route.params?.shape ?? {};
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const prefix = prefixIn(shape[name]);
    return prefix === undefined ? '999999999' : absent(prefix);
  });
}

/** The kind of id that a schema takes. */
const prefixIn = (schema: unknown): Prefix | undefined =>
  (schema as { meta(): Record<string, unknown> | undefined }).meta()?.['x-typeid-prefix'] as Prefix | undefined;
