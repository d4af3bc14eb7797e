import { expect } from 'vitest';
import { Problem } from '#schema/api/problem.ts';
import type { ErrorCode } from '#schema/errors.ts';
import { type Id, isId, type Prefix, prefixOf } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import type { Json, JsonObject } from '#workers/openapi/components.ts';
import { AUTOMATIC_REASONS, refusalsOf } from '#workers/openapi/refusals.ts';
import { exampleRequest } from '#workers/openapi/request-example.ts';
import type { Route } from '#workers/routes/route.ts';
import { createTestDatabase } from './database.ts';
import { KINDS, PRELUDES, type Thing } from './route-things.ts';
import { PUBLIC_ORIGIN, startWorker, type TestWorker } from './worker.ts';
import { createWorld, type TicketFields, type World } from './world.ts';

/** A request ready to be sent, and then bent by a test. */
export interface Prepared {
  method: string;
  path: string;
  query: Record<string, string>;
  body: JsonObject | undefined;
  /** The bytes of a route that takes a file. */
  raw?: string | undefined;
  headers?: Record<string, string>;
  /** The id of each path parameter that holds one. */
  ids: Record<string, Id>;
  /** Whose contract has to declare what is answered. */
  route?: Route;
}

export interface Bent {
  /** Undefined sends no credential. */
  token?: string | undefined;
  headers?: Record<string, string>;
  /** Over the prepared body: text or bytes go out as they are. */
  body?: string | Uint8Array | JsonObject;
  query?: string;
  path?: string;
  method?: string;
}

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  json: JsonObject;
  /** Round trips to the database that the Worker made for it. */
  trips: number;
}

export interface RouteCaller {
  world: World;
  worker: TestWorker;
  /** A key with everything. */
  full: string;
  /** A valid request for the route; things it names exist, belong to nobody, and are new for each call. */
  prepare(route: Route, fields?: { ticket?: TicketFields }): Promise<Prepared>;
  /** The same about things that do not exist, for what is refused before the database is asked. */
  prepareShape(route: Route): Promise<Prepared>;
  /** Sends it and holds every answer to what all answers must be. */
  send(prepared: Prepared, bent?: Bent): Promise<Answered>;
  close(): Promise<void>;
}

export const LISTED_ORIGIN = 'https://admin.desk.test';
const FOREIGN_REQUEST_ID = 'req_01h455vb4pex5vsknk084sn02q';
const EXAMPLE_ID = /^[a-z_]+_01h455vb4pex5vsknk084sn02q$/;

/** One Worker whose queues deliver nothing, so that round trips can be counted, over a small workspace. */
export async function openRouteCaller(): Promise<RouteCaller> {
  const db = await createTestDatabase();
  const world = await createWorld(db);
  const { token: full } = await world.keyFor(PERMISSION_KEYS);
  const worker = await startWorker({
    databaseUrl: db.url,
    queues: 'lost',
    vars: { CHECK_ANSWERS: 'true', CORS_ORIGINS: LISTED_ORIGIN },
  });

  const send: RouteCaller['send'] = async (prepared, bent = {}) => {
    const search = bent.query ?? new URLSearchParams(prepared.query).toString();
    const path = bent.path ?? prepared.path;
    const body = bent.body ?? prepared.raw ?? prepared.body;
    const before = worker.proxy.stats.requests;
    const response = await worker.fetch(search === '' ? path : `${path}?${search}`, {
      method: bent.method ?? prepared.method,
      headers: {
        'x-request-id': FOREIGN_REQUEST_ID,
        ...(bent.token === undefined ? {} : { authorization: `Bearer ${bent.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...prepared.headers,
        ...bent.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answered: Answered = {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? {} : (JSON.parse(text) as JsonObject),
      trips: worker.proxy.stats.requests - before,
    };
    expect(response.status, worker.logs.at(-1)?.message).not.toBe(500);
    expectCommon(answered, new URL(path, PUBLIC_ORIGIN).pathname);
    if (prepared.route !== undefined && bent.path === undefined && bent.method === undefined)
      expectDeclared(answered, prepared.route);
    return answered;
  };

  const call = async (method: string, path: string, body?: JsonObject) =>
    (await send({ method, path, query: {}, body, ids: {} }, { token: full })).json;

  const prepare = async (
    route: Route,
    makeThing: (prefix: Prefix, where: 'make' | 'mention') => Promise<Thing> | undefined,
  ): Promise<Prepared> => {
    const example = exampleRequest(route);
    const made = new Map<string, Promise<Thing>>();
    const thing = (prefix: Prefix, where: 'make' | 'mention'): Promise<Thing> => {
      const key = `${where} ${prefix}`;
      const found = made.get(key) ?? makeThing(prefix, where) ?? Promise.resolve({ id: world.newId(prefix) });
      made.set(key, found);
      return found;
    };
    const real = async (value: Json, where: 'make' | 'mention'): Promise<Json> => {
      if (typeof value === 'string' && EXAMPLE_ID.test(value))
        return (await thing(prefixOf(value) as Prefix, where)).id;
      if (Array.isArray(value)) return Promise.all(value.map((each) => real(each, where)));
      if (value === null || typeof value !== 'object') return value;
      const entries = Object.entries(value).map(async ([name, inner]) => [name, await real(inner, where)] as const);
      return Object.fromEntries(await Promise.all(entries));
    };
    let path: string = route.path;
    const ids: Record<string, Id> = {};
    for (const [name, value] of Object.entries(example.params)) {
      const filled =
        name === 'number' ? ((await thing('tkt', 'make')).number ?? 999_999_999) : await real(value, 'make');
      if (typeof filled === 'string' && prefixOf(filled) !== undefined) ids[name] = filled as Id;
      path = path.replace(`{${name}}`, String(filled));
    }
    const query = Object.fromEntries(
      Object.entries((await real(example.query, 'mention')) as JsonObject).map(([name, value]) => [
        name,
        String(value),
      ]),
    );
    const body = example.body === undefined ? undefined : ((await real(example.body, 'mention')) as JsonObject);
    // A body that repeats an id of the path means the same thing.
    for (const [name, id] of Object.entries(ids)) if (body !== undefined && name in body) body[name] = id;
    const raw = route.example?.raw;
    const headers = { ...(route.version === 'required' ? { 'if-match': '*' } : {}), ...raw?.headers };
    return { method: route.method, path, query, body, raw: raw?.text, headers, ids, route };
  };

  return {
    world,
    worker,
    full,
    send,
    async prepare(route, fields = {}) {
      const shop = { world, call, ticket: fields.ticket };
      const prepared = await prepare(route, (prefix, where) => (KINDS[prefix]?.[where] ?? KINDS[prefix]?.make)?.(shop));
      const named = Object.entries(prepared.body ?? {}).filter(([, id]) => typeof id === 'string');
      await PRELUDES[route.id]?.(
        world,
        { ...(Object.fromEntries(named) as Record<string, Id>), ...prepared.ids },
        worker,
      );
      return prepared;
    },
    prepareShape: (route) => prepare(route, () => undefined),
    async close() {
      await worker.close();
      await db.drop();
    },
  };
}

/** A refusal is one that the document names for this operation, reason included. */
function expectDeclared({ status, json, text }: Answered, route: Route): void {
  if (status < 400 || text === '') return;
  const refusal = refusalsOf(route).find(({ code }) => code === json.code);
  const reasons: readonly unknown[] = [...(refusal?.own ?? []), ...(AUTOMATIC_REASONS[json.code as ErrorCode] ?? [])];
  expect(refusal, `${route.id} does not declare ${text}`).toBeDefined();
  if (json.reason !== undefined) expect(reasons, `${route.id} ${text}`).toContain(json.reason);
}

const SECURITY = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  vary: 'Authorization, Origin',
};

/** What every answer has: our own request id, the security headers, and for a refusal a problem that names that id. */
function expectCommon({ status, headers, text, json }: Answered, path: string): void {
  const requestId = headers.get('x-request-id') ?? '';
  expect(isId('req', requestId), requestId).toBe(true);
  expect(requestId).not.toBe(FOREIGN_REQUEST_ID);
  expect(Object.fromEntries(Object.keys(SECURITY).map((name) => [name, headers.get(name)]))).toEqual(SECURITY);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  expect(text).not.toContain(FOREIGN_REQUEST_ID);
  if (status < 400 || text === '') return;
  expect(headers.get('content-type')).toBe('application/problem+json');
  const problem = Problem.parse(json);
  expect(problem).toMatchObject({
    status,
    requestId,
    instance: path,
    type: `${PUBLIC_ORIGIN}/docs/errors/${problem.code}`,
  });
}
