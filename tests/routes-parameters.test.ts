import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceError } from '#schema/errors.ts';
import { ID_PREFIXES, idToUuid, type Prefix, prefixOf } from '#schema/ids.ts';
import { validate } from '#workers/middleware/validate.ts';
import type { JsonObject } from '#workers/openapi/components.ts';
import { routes } from '#workers/routes/index.ts';
import type { Route, StaffRoute } from '#workers/routes/route.ts';
import { brokenField, refused } from './support/refused.ts';
import { openRouteCaller, type RouteCaller } from './support/route-caller.ts';

const named = <R extends Route>(those: readonly R[]) => those.map((route) => [route.id, route] as const);
const staff = routes.filter((route): route is StaffRoute => route.kind === 'staff');
const withIds = staff.filter(({ params }) => Object.keys(params?.shape ?? {}).some((name) => name.endsWith('Id')));
const lists = staff.filter(({ query }) => query?.shape.cursor !== undefined);

let caller: RouteCaller;
beforeAll(async () => {
  caller = await openRouteCaller();
});
afterAll(() => caller.close());

/** What the door itself says of path parameters, which is too much for one request each. */
function pathProblem(route: StaffRoute, ids: Record<string, string>): JsonObject {
  try {
    validate([{ in: 'path', schema: route.params, value: ids }]);
    return {};
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { code, ...details } as unknown as JsonObject;
  }
}

describe('an id in a path', () => {
  test.each(named(withIds))('%s: every malformed form is 400, never 404 or 500', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    for (const [name, id] of Object.entries(prepared.ids)) {
      const suffix = id.slice(id.lastIndexOf('_') + 1);
      const prefix = prefixOf(id);
      const forms = [
        id.slice(0, -1),
        `${id}0`,
        suffix,
        idToUuid(id),
        `${prefix}${suffix}`,
        `${prefix}__${suffix}`,
        `${prefix}_8${suffix.slice(1)}`,
        `${prefix}_${suffix.slice(0, -1)}l`,
        ` ${id}`,
        `${id} `,
        `${id}\n`,
        'null',
        'undefined',
        '1',
        'ⓣⓚⓣ_',
      ];
      for (const form of forms) {
        expect(pathProblem(route, { ...prepared.ids, [name]: form }), form).toMatchObject({
          code: 'invalid_request',
          errors: [{ in: 'path', pointer: `/${name}`, code: 'malformed_id' }],
        });
      }
      const encoded = [
        id.toUpperCase(),
        `%20${id}`,
        `${id}%00`,
        '%00',
        "'%20or%201=1--",
        '%ff',
        encodeURIComponent(`${id}/x`),
      ];
      const path = (form: string) => prepared.path.replace(id, form);
      await Promise.all(
        encoded.map((form) =>
          refused(caller, prepared, { path: path(form) }, brokenField('path', `/${name}`, 'malformed_id')),
        ),
      );
    }
  });

  test.each(named(withIds))('%s: an id of each other kind is 400 and both kinds are named', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    for (const [name, id] of Object.entries(prepared.ids)) {
      const suffix = id.slice(id.lastIndexOf('_') + 1);
      const others = (Object.keys(ID_PREFIXES) as Prefix[]).filter((each) => each !== prefixOf(id));
      for (const prefix of others) {
        const problem = pathProblem(route, { ...prepared.ids, [name]: `${prefix}_${suffix}` });
        expect(problem).toMatchObject({
          code: 'invalid_request',
          reason: 'wrong_id_kind',
          errors: [{ pointer: `/${name}` }],
        });
        expect(JSON.stringify(problem.errors)).toContain(ID_PREFIXES[prefix].entity);
      }
      const path = prepared.path.replace(id, caller.world.newId('req'));
      await refused(
        caller,
        prepared,
        { path },
        { ...brokenField('path', `/${name}`, 'wrong_id_kind'), reason: 'wrong_id_kind' },
      );
    }
  });

  test('a number in a path that is none is 400', async () => {
    const route = routes.find(({ id }) => id === 'getTicketByNumber') as Route;
    const prepared = await caller.prepareShape(route);
    for (const form of ['0', '-1', 'abc', '1e3', '1.5', '01', '+1', '%201', '9999999999999999', '٣']) {
      await refused(
        caller,
        prepared,
        { path: prepared.path.replace('999999999', encodeURI(form)) },
        { status: 400, code: 'invalid_request' },
      );
    }
  });
});

describe('a query', () => {
  test.each(named(routes.filter(({ method }) => method === 'GET')))(
    '%s: an unknown parameter is refused by name',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      await refused(caller, prepared, { query: 'surprise=1' }, brokenField('query', '/surprise', 'unknown_field'));
      await refused(caller, prepared, { query: '__proto__=1' }, brokenField('query', '/__proto__', 'unknown_field'));
    },
  );

  test.each(named(lists))('%s: a repeated parameter is refused by name', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    await refused(caller, prepared, { query: 'limit=1&limit=2' }, brokenField('query', '/limit', 'duplicate'));
  });

  test.each(named(lists))(
    '%s: a limit that is none, or over the largest, is refused and never clamped',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      const largest = Number(route.query?.shape.limit?.meta()?.maximum);
      for (const limit of ['0', String(largest + 1), '-5', 'abc', '1e3', '1.0', '', '%201', '0x10', '١']) {
        const problem = await refused(
          caller,
          prepared,
          { query: `limit=${limit}` },
          { status: 400, code: 'invalid_request' },
        );
        expect(problem.errors).toMatchObject([{ in: 'query', pointer: '/limit' }]);
      }
    },
  );

  test.each(named(lists))('%s: a cursor that is not ours is invalid_cursor', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    for (const cursor of ['x', 'a.b', '', `${'A'.repeat(40)}.${'A'.repeat(22)}`, 'W10.W10', '..', 'null']) {
      await refused(caller, prepared, { query: `cursor=${cursor}` }, { status: 400, reason: 'invalid_cursor' });
    }
    await refused(
      caller,
      prepared,
      { query: `cursor=${'A'.repeat(600)}` },
      brokenField('query', '/cursor', 'too_long'),
    );
  });

  test('a cursor with one bit changed is invalid, and of another filter or list a mismatch; another page size is none', async () => {
    const { world, full } = caller;
    const tickets = [await world.ticket(), await world.ticket(), await world.ticket()];
    const list = { method: 'GET', path: '/api/v1/tickets', query: { limit: '1' }, body: undefined, ids: {} };
    const page = (await caller.send(list, { token: full })).json.page as { next: string; hasMore: boolean };
    expect(page.hasMore).toBe(true);
    const flipped = `${page.next.startsWith('W') ? 'X' : 'W'}${page.next.slice(1)}`;
    await refused(caller, list, { query: `cursor=${flipped}` }, { status: 400, reason: 'invalid_cursor' });
    await refused(
      caller,
      list,
      { query: `cursor=${page.next}&statusCategory=open` },
      { status: 400, reason: 'cursor_mismatch' },
    );
    const messages = `/api/v1/tickets/${tickets[0]?.id}/messages`;
    await refused(
      caller,
      list,
      { path: messages, query: `cursor=${page.next}` },
      { status: 400, reason: 'cursor_mismatch' },
    );
    expect((await caller.send(list, { token: full, query: `cursor=${page.next}&limit=2` })).status).toBe(200);
  });
});

describe('a header', () => {
  test.each(named(staff.filter(({ idempotency }) => idempotency.startsWith('key'))))(
    '%s: a key that is none is idempotency_key_invalid',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      for (const key of ['a b', 'x'.repeat(256), 'é']) {
        await refused(
          caller,
          prepared,
          { headers: { 'idempotency-key': key } },
          { status: 400, reason: 'idempotency_key_invalid' },
        );
      }
    },
  );

  test.each(named(staff.filter(({ version }) => version !== undefined && version !== 'none')))(
    '%s: an If-Match that is no list of entity tags is 400',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      for (const tag of ['7', '"7', "'7'", '"7";"8"', 'W/7', '"7 "', '"7", *']) {
        await refused(
          caller,
          prepared,
          { headers: { 'if-match': tag } },
          brokenField('header', '/if-match', 'invalid_format'),
        );
      }
    },
  );

  test('an address over 8 KiB is url_too_long', async () => {
    const prepared = await caller.prepareShape(routes.find(({ id }) => id === 'listTickets') as Route);
    await refused(caller, prepared, { query: `surprise=${'x'.repeat(8200)}` }, { status: 400, reason: 'url_too_long' });
  });
});
