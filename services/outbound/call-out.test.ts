import { expect, test } from 'vitest';
import { callOut, type OutgoingCall } from './call-out.ts';
import { atMostSix, type Outbound } from './outbound.ts';
import { readTargetPolicy } from './target-policy.ts';

const URL_OF_TARGET = 'https://hooks.acme.io/in';
const call: OutgoingCall = {
  url: URL_OF_TARGET,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  timeoutSeconds: 1,
};

const dns = (addresses: readonly string[], type: string, ttl = 300) =>
  Response.json({
    Status: 0,
    Answer: [
      { type: 5, TTL: ttl, data: 'elsewhere.acme.io.' },
      ...addresses
        .filter((address) => address.includes(':') === (type === 'AAAA'))
        .map((data) => ({ type: type === 'A' ? 1 : 28, TTL: ttl, data })),
    ],
  });

interface World {
  addresses?: () => readonly string[];
  answer?: (init: RequestInit) => Promise<Response>;
  doh?: (type: string) => Promise<Response>;
  now?: () => number;
}

function world({
  addresses = () => ['1.1.1.1'],
  answer = async () => new Response('ok'),
  doh,
  now = () => 0,
}: World = {}) {
  const asked: string[] = [];
  const outbound: Outbound = {
    async fetch(url, init) {
      asked.push(url);
      const type = new URL(url).searchParams.get('type');
      if (type === null) return answer(init);
      return doh === undefined ? dns(addresses(), type) : doh(type);
    },
    now,
    policy: readTargetPolicy({
      ownOrigins: ['https://desk.acme.com'],
      deniedHosts: '',
      localTargets: 'http://127.0.0.1:9099',
    }),
    dohUrl: 'https://dns.acme.io/dns-query',
    resolved: new Map(),
  };
  return { outbound, asked, posts: () => asked.filter((url) => !url.includes('dns-query')).length };
}

test('a good target is asked once, after both questions to the DNS', async () => {
  const { outbound, asked } = world();
  expect(await callOut(outbound, call)).toMatchObject({ kind: 'answered', status: 200, body: 'ok' });
  expect(asked).toEqual([
    'https://dns.acme.io/dns-query?name=hooks.acme.io&type=A',
    'https://dns.acme.io/dns-query?name=hooks.acme.io&type=AAAA',
    URL_OF_TARGET,
  ]);
});

test.each([[['10.0.0.1']], [['1.1.1.1', '169.254.169.254']], [['1.1.1.1', '::1']], [['1.1.1.1', '::ffff:10.0.0.1']]])(
  'any private answer, in A or AAAA, blocks the request: %s',
  async (addresses) => {
    const { outbound, posts } = world({ addresses: () => addresses });
    expect(await callOut(outbound, call)).toMatchObject({ kind: 'blocked' });
    expect(posts()).toBe(0);
  },
);

test('a name that turns private after saving is blocked and, turned back, delivered', async () => {
  let now = 0;
  let addresses = ['1.1.1.1'];
  const { outbound } = world({ addresses: () => addresses, now: () => now });
  expect((await callOut(outbound, call)).kind).toBe('answered');
  addresses = ['192.168.0.7'];
  now += 61_000;
  expect((await callOut(outbound, call)).kind).toBe('blocked');
  addresses = ['1.1.1.1'];
  now += 61_000;
  expect((await callOut(outbound, call)).kind).toBe('answered');
});

test('an answer of the DNS is kept for its TTL, a minute at most', async () => {
  let now = 0;
  const { outbound, asked } = world({ now: () => now });
  for (now of [0, 59_000, 60_500]) await callOut(outbound, call);
  expect(asked.filter((url) => url.includes('type=A&') || url.endsWith('type=A'))).toHaveLength(2);
});

test.each<[string, (type: string) => Promise<Response>]>([
  ['no address at all', async () => Response.json({ Status: 0 })],
  ['NXDOMAIN', async () => Response.json({ Status: 3 })],
  ['an error', async () => new Response('no', { status: 500 })],
  ['not JSON', async () => new Response('<html>')],
  [
    'one of two questions unanswered',
    async (type) => (type === 'A' ? dns(['1.1.1.1'], 'A') : Promise.reject(new Error('down'))),
  ],
])('%s is outcome dns, and nothing is sent', async (_, doh) => {
  const { outbound, posts } = world({ doh });
  expect((await callOut(outbound, call)).kind).toBe('dns');
  expect(posts()).toBe(0);
});

test('a URL that breaks a rule is refused before the DNS is asked', async () => {
  const { outbound, asked } = world();
  expect(await callOut(outbound, { ...call, url: 'https://desk.acme.com/' })).toMatchObject({
    kind: 'refused',
    rule: 'own_host',
  });
  expect(asked).toEqual([]);
});

test('an allowed local target skips both rules', async () => {
  const { outbound, asked } = world();
  expect((await callOut(outbound, { ...call, url: 'http://127.0.0.1:9099/x' })).kind).toBe('answered');
  expect(asked).toEqual(['http://127.0.0.1:9099/x']);
});

test('a redirect is an answer; it is asked for by hand and nothing of ours goes along', async () => {
  const { outbound, posts } = world({
    answer: async (init) => {
      expect(init.redirect).toBe('manual');
      expect(Object.keys(init).toSorted()).toEqual(['body', 'headers', 'method', 'redirect', 'signal']);
      return new Response(null, { status: 301, headers: { location: 'https://good.acme.io/' } });
    },
  });
  expect(await callOut(outbound, call)).toMatchObject({ kind: 'answered', status: 301 });
  expect(posts()).toBe(1);
});

test('a body without end costs 4 KiB', async () => {
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(120)),
    cancel: () => {
      cancelled = true;
    },
  });
  const { outbound } = world({ answer: async () => new Response(endless) });
  const result = await callOut(outbound, call);
  expect(result.kind === 'answered' && result.body.length).toBe(4096);
  expect(cancelled).toBe(true);
});

test('an answer that does not end before the deadline is a timeout', async () => {
  const { outbound } = world({
    answer: async ({ signal }) =>
      new Response(
        new ReadableStream({
          start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
        }),
      ),
  });
  expect(await callOut(outbound, { ...call, timeoutSeconds: 0.05 })).toMatchObject({ kind: 'timeout', status: 200 });
});

test('a connection that breaks is outcome network', async () => {
  const { outbound } = world({ answer: () => Promise.reject(new TypeError('reset')) });
  expect((await callOut(outbound, call)).kind).toBe('network');
});

test('never more than six are under way, and the results keep their order', async () => {
  let open = 0;
  let most = 0;
  const results = await atMostSix([...Array(20).keys()], async (n) => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((done) => setTimeout(done, n % 3));
    open -= 1;
    return n;
  });
  expect(most).toBe(6);
  expect(results).toEqual([...Array(20).keys()]);
});
