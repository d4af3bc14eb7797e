import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { formatApiKey, newSecret } from '#services/access/credential.ts';
import { authFailureBeyond, RATE_LIMITS } from '#workers/middleware/rate-limit.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';
import { createWorld, type World } from '../support/world.ts';

/** A tenth or so of what is allowed, so that a flood fits well into the window of a counter. */
const ALLOWED = { IP_LIMIT: 40, AUTH_FAIL_LIMIT: 10, API_LIMIT: 20, HEAVY_LIMIT: 2, WORKSPACE_LIMIT: 50 };

let db: TestDatabase;
let world: World;
let worker: TestWorker;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mallard-limits-'));
  db = await createTestDatabase();
  world = await createWorld(db);
  worker = await startWorker({
    databaseUrl: db.url,
    queues: 'lost',
    vars: { RATE_LIMITS: 'on' },
    configPath: await smallerLimits(),
  });
});
afterAll(async () => {
  await worker.close();
  await db.drop();
  await rm(folder, { recursive: true });
});

/** The configuration of the repository with other limits in it. */
async function smallerLimits(): Promise<string> {
  let text = await readFile('wrangler.toml', 'utf8');
  text = text
    .replace('main = "', `main = "${process.cwd()}/`)
    .replace('directory = "', `directory = "${process.cwd()}/`);
  for (const [name, limit] of Object.entries(ALLOWED))
    text = text.replace(new RegExp(`(name = "${name}"[^{]*\\{ limit = )\\d+`), `$1${limit}`);
  const path = join(folder, 'wrangler.toml');
  await writeFile(path, text);
  return path;
}

const ask = (path: string, { token, ip }: { token?: string; ip: string }, init: RequestInit = {}) =>
  worker.fetch(path, {
    ...init,
    headers: {
      'cf-connecting-ip': ip,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...init.headers,
    },
  });

/** Windows of the counters end together on the wall clock; a flood that crosses one would be let through. */
async function inOneWindow(periodSeconds: number, needSeconds = 8): Promise<void> {
  const left = periodSeconds - ((Date.now() / 1000) % periodSeconds);
  if (left < needSeconds) await new Promise((done) => setTimeout(done, left * 1000 + 50));
}

const flood = (times: number, send: (i: number) => Promise<Response>): Promise<Response[]> =>
  Promise.all(Array.from({ length: times }, (_, i) => send(i)));

const count = (answers: readonly Response[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

describe('an address', () => {
  test('gets 429 beyond its limit, without a trip to the database, whatever it forwards', async () => {
    await inOneWindow(10);
    const answers = await flood(ALLOWED.IP_LIMIT + 5, (i) =>
      ask('/health/live', { ip: '192.0.2.10' }, { headers: { 'x-forwarded-for': `203.0.113.${i}` } }),
    );
    expect([count(answers, 200), count(answers, 429)]).toEqual([ALLOWED.IP_LIMIT, 5]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('10');
    expect(refused?.headers.get('ratelimit')).toBe('"ip";r=0;t=10');
    expect(refused?.headers.get('ratelimit-policy')).toBe('"ip";q=600;w=10');
    expect(await refused?.json()).toMatchObject({ code: 'rate_limited', reason: 'ip' });
    expect((await ask('/health/live', { ip: '192.0.2.11' })).status).toBe(200);
  });

  test('of IPv6 is its /64', async () => {
    await inOneWindow(10);
    const answers = await flood(ALLOWED.IP_LIMIT + 5, (i) =>
      ask('/health/live', { ip: `2001:db8:0:1::${(i + 1).toString(16)}` }),
    );
    expect(count(answers, 429)).toBe(5);
    expect((await ask('/health/live', { ip: '2001:db8:0:2::1' })).status).toBe(200);
  });
});

describe('a credential', () => {
  test('gets 429 beyond its limit from however many addresses, and another has its own', async () => {
    const [one, other] = await Promise.all([world.keyFor(['ticket.view_all']), world.keyFor(['ticket.view_all'])]);
    await inOneWindow(10);
    const requests = worker.proxy.stats.requests;
    // Malformed on purpose: what is refused counts too, and spares the database.
    const answers = await flood(ALLOWED.API_LIMIT + 5, (i) =>
      ask('/api/v1/tickets?limit=0', { token: one.token, ip: `198.51.100.${i + 1}` }),
    );
    expect([count(answers, 400), count(answers, 429)]).toEqual([ALLOWED.API_LIMIT, 5]);
    expect(worker.proxy.stats.requests).toBe(requests);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('ratelimit')).toBe('"credential";r=0;t=10');
    expect(await refused?.json()).toMatchObject({ reason: 'credential' });
    expect((await ask('/api/v1/tickets', { token: other.token, ip: '198.51.100.1' })).status).toBe(200);
  });

  test('is told the policy on every answer, refusals too; what is public tells none', async () => {
    const { token } = await world.keyFor(['ticket.view_all']);
    const policy = '"credential";q=300;w=10, "workspace";q=1500;w=10';
    for (const path of ['/api/v1/tickets', '/api/v1/webhooks', '/api/v1/tickets?limit=0'])
      expect((await ask(path, { token, ip: '192.0.2.20' })).headers.get('ratelimit-policy')).toBe(policy);
    expect((await ask('/api/v1/tickets', { ip: '192.0.2.20' })).headers.get('ratelimit-policy')).toBe(policy);
    expect((await ask('/health/live', { ip: '192.0.2.20' })).headers.get('ratelimit-policy')).toBeNull();
  });
});

describe('the workspace', () => {
  test('spends its limit on proved credentials alone, before anything is decided', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map(() => world.keyFor(['ticket.view_all'])));
    const revoked = await world.keyFor(['ticket.view_all'], { revokedAt: new Date() });
    await inOneWindow(10, 10);
    const strangers = await flood(ALLOWED.AUTH_FAIL_LIMIT, (i) =>
      ask('/api/v1/tickets', { token: revoked.token, ip: `198.51.100.${i + 1}` }),
    );
    expect(count(strangers, 401)).toBe(ALLOWED.AUTH_FAIL_LIMIT);
    const answers = await flood(ALLOWED.WORKSPACE_LIMIT + 6, (i) =>
      ask('/api/v1/tickets', { token: keys[i % 4]?.token ?? '', ip: `203.0.113.${i + 100}` }),
    );
    expect([count(answers, 200), count(answers, 429)]).toEqual([ALLOWED.WORKSPACE_LIMIT, 6]);
    const refused = answers.find(({ status }) => status === 429);
    expect(await refused?.json()).toMatchObject({ reason: 'workspace' });
  });
});

describe('refused credentials', () => {
  test('turn into 429 beyond their limit, and leave the key whose id they used its own', async () => {
    const key = await world.keyFor(['ticket.view_all']);
    await inOneWindow(60, 20);
    const minute = Math.floor(Date.now() / 60_000);
    const answers = await flood(ALLOWED.AUTH_FAIL_LIMIT + 5, () =>
      ask('/api/v1/tickets', { token: formatApiKey(key.id, newSecret()), ip: '203.0.113.5' }),
    );
    expect([count(answers, 401), count(answers, 429)]).toEqual([ALLOWED.AUTH_FAIL_LIMIT, 5]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('60');
    expect(await refused?.json()).toMatchObject({ reason: 'auth_failures' });
    // The workspace's own ten seconds may have been spent by the test before.
    await inOneWindow(10, 10);
    expect((await ask('/api/v1/tickets', { token: key.token, ip: '203.0.113.5' })).status).toBe(200);
    const rows = await db.query(
      "select 1 from audit_events where action = 'access.denied' and reason = 'wrong_secret'",
    );
    expect(rows).toHaveLength(Math.floor(Date.now() / 60_000) === minute ? 1 : 2);
  });

  test('count when nothing or garbage is sent', async () => {
    await inOneWindow(60, 15);
    const requests = worker.proxy.stats.requests;
    const answers = await flood(ALLOWED.AUTH_FAIL_LIMIT + 2, () => ask('/api/v1/tickets', { ip: '203.0.113.6' }));
    expect(count(answers, 429)).toBe(2);
    expect((await ask('/api/v1/tickets', { token: 'mk_garbage', ip: '203.0.113.6' })).status).toBe(429);
    expect(worker.proxy.stats.requests).toBe(requests);
  });
});

test('the numbers in headers are those of the bindings', () => {
  const { ratelimits } = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true });
  const configured = new Map(ratelimits.map(({ name, simple }: { name: string; simple: unknown }) => [name, simple]));
  for (const { binding, limit, periodSeconds } of Object.values(RATE_LIMITS))
    expect(configured.get(binding), binding).toEqual({ limit, period: periodSeconds });
  expect(configured.size).toBe(Object.keys(RATE_LIMITS).length);
});

test('a counter that is out of order turns nobody away', async () => {
  const broken = { limit: () => Promise.reject(new Error('the counter is away')) };
  const request = new Request('https://desk.test/health');
  expect(await authFailureBeyond({ AUTH_FAIL_LIMIT: broken } as never, request)).toBeUndefined();
});

test('health tells whether limits are on', async () => {
  expect(await (await ask('/health', { ip: '192.0.2.30' })).json()).toMatchObject({ rateLimits: 'on' });
});
