import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { routes } from '#workers/routes/index.ts';
import type { Route } from '#workers/routes/route.ts';
import { LISTED_ORIGIN, openRouteCaller, type Prepared, type RouteCaller } from './support/route-caller.ts';

const named = <R extends Route>(those: readonly R[]) => those.map((route) => [route.id, route] as const);
const reads = routes.filter(({ method }) => method === 'GET');
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];

let caller: RouteCaller;
beforeAll(async () => {
  caller = await openRouteCaller();
});
afterAll(() => caller.close());

const at = (path: string, method = 'GET'): Prepared => ({ method, path, query: {}, body: undefined, ids: {} });

describe('a method', () => {
  test.each(named(reads))('%s: HEAD answers as GET does, without the body', async (_id, route) => {
    const prepared = await caller.prepare(route);
    const get = await caller.send(prepared, { token: caller.full });
    const head = await caller.send(prepared, { token: caller.full, method: 'HEAD' });
    expect([head.status, head.text]).toEqual([get.status, '']);
    for (const name of ['etag', 'content-type']) expect(head.headers.get(name)).toBe(get.headers.get(name));
  });

  test.each([...new Set(routes.map(({ path }) => path))])(
    '%s: one that the path does not offer is 405 with Allow',
    async (path) => {
      const offered = routes.filter((route) => route.path === path).map(({ method }) => method as string);
      const prepared = await caller.prepareShape(routes.find((route) => route.path === path) as Route);
      const bare = { ...prepared, body: undefined, raw: undefined };
      const methods = METHODS.filter((each) => !offered.includes(each));
      const answers = await Promise.all(methods.map((method) => caller.send(bare, { token: caller.full, method })));
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 405, trips: 0, json: { code: 'method_not_allowed' } });
        const allow = answer.headers.get('allow')?.split(', ') ?? [];
        expect(allow.toSorted()).toEqual([...offered, ...(offered.includes('GET') ? ['HEAD'] : [])].toSorted());
      }
    },
  );
});

describe('a path', () => {
  test.each([
    '/',
    '/api',
    '/api/v1',
    '/api/v1/tickets/',
    '/api/v1/Tickets',
    '/api/v2/tickets',
    '/api/v1//tickets',
    '/api/v1/tickets/%2e%2e/tickets/x/y',
  ])('%s leads nowhere: 404 with or without a credential', async (path) => {
    for (const token of [undefined, caller.full]) {
      expect(await caller.send(at(path), { token })).toMatchObject({
        status: 404,
        trips: 0,
        json: { code: 'not_found' },
      });
    }
  });
});

describe('an origin', () => {
  const credentials = { none: undefined, garbage: 'mk_garbage' };
  const OTHER_ORIGINS = [
    'https://evil.example',
    `${LISTED_ORIGIN}.evil.example`,
    LISTED_ORIGIN.replace('https', 'http'),
    'null',
    '*',
  ];

  test.each(named(routes))('%s: a listed one is echoed on refusals too, another never', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const ask = (token: string | undefined, origin: string) => caller.send(prepared, { token, headers: { origin } });
    const one = async (token: string | undefined): Promise<void> => {
      const [listed, ...others] = await Promise.all([
        ask(token, LISTED_ORIGIN),
        ...OTHER_ORIGINS.map((origin) => ask(token, origin)),
      ]);
      expect(listed.headers.get('access-control-allow-origin')).toBe(LISTED_ORIGIN);
      expect(listed.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
      for (const other of others)
        expect([...other.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    };
    await Promise.all([...Object.values(credentials), caller.full].map(one));
  });

  test('a preflight is answered without the database, and permits a listed origin only', async () => {
    const preflight = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, idempotency-key',
    };
    const listed = await caller.send(at('/api/v1/tickets', 'OPTIONS'), {
      headers: { ...preflight, origin: LISTED_ORIGIN },
    });
    expect([listed.status, listed.trips, listed.text]).toEqual([204, 0, '']);
    expect(listed.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, PATCH, DELETE');
    expect(listed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    expect(listed.headers.get('access-control-max-age')).toBe('7200');
    const other = await caller.send(at('/api/v1/tickets', 'OPTIONS'), {
      headers: { ...preflight, origin: 'https://evil.example' },
    });
    expect([...other.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

describe('an address that somebody claims', () => {
  test.each(['x-forwarded-for', 'x-real-ip', 'forwarded', 'true-client-ip'])(
    '%s never reaches a record',
    async (name) => {
      const prepared = await caller.prepare(routes.find(({ id }) => id === 'createTicket') as Route);
      const { json } = await caller.send(prepared, { token: caller.full, headers: { [name]: '203.0.113.9' } });
      const id = idToUuid(json.id as Id);
      const rows = await caller.world.db.query('select ip from audit_events where target_id = $1', [id]);
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain('203.0.113.9');
    },
  );
});

describe('a bug', () => {
  test('tells the caller the request id and nothing else; the log has the rest under that id', async () => {
    const { world, worker, full } = caller;
    await world.db.query('alter table ticket_statuses rename column public_label to secret_label');
    try {
      const response = await worker.fetch('/api/v1/tickets', { headers: { authorization: `Bearer ${full}` } });
      const problem = (await response.json()) as Record<string, unknown>;
      expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId']);
      expect(problem).toMatchObject({ status: 500, code: 'internal', requestId: response.headers.get('x-request-id') });
      expect(JSON.stringify(problem)).not.toMatch(/public_label|select|column|sql/i);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      await vi.waitFor(() => {
        const line = worker.logs.find(({ message }) => message.includes(String(problem.requestId)));
        expect(line?.message).toContain('public_label');
      });
    } finally {
      await world.db.query('alter table ticket_statuses rename column secret_label to public_label');
    }
  });

  test('the database out of reach is 503 with Retry-After, and after a moment all is well', async () => {
    const { worker } = caller;
    worker.proxy.setHook(() => 'drop-before');
    const answer = await caller.send(at('/api/v1/tickets'), { token: caller.full });
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    worker.proxy.setHook(undefined);
    expect((await caller.send(at('/api/v1/tickets'), { token: caller.full })).status).toBe(200);
  });
});
