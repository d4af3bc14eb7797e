import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLocalWorker } from '#local/worker.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '#tests/support/receiver.ts';
import { PUBLIC_ORIGIN, startWorker, type TestWorker } from '#tests/support/worker.ts';

const PROBE = fileURLToPath(new URL('./probe-worker/wrangler.toml', import.meta.url));
const MAIL =
  'From: a@customer.test\r\nTo: help@desk.test\r\nMessage-ID: <1@customer.test>\r\nSubject: Hi\r\n\r\nBody\r\n';

let database: TestDatabase;
let worker: TestWorker;
let farSide: ScriptedReceiver;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  worker = await startWorker({ databaseUrl: database.url, configPath: PROBE, vars: { GREETING: 'from the test' } });
  farSide = await startScriptedReceiver();
});

afterAll(async () => {
  await worker.close();
  await farSide.stop();
  await database.drop();
});

const ask = async (path: string, of = ''): Promise<unknown> =>
  (await worker.fetch(`${path}?of=${encodeURIComponent(of)}`)).json();
const seen = async (): Promise<unknown[]> => (await worker.fetch('/seen')).json() as Promise<unknown[]>;

describe('the local Worker', () => {
  it('reaches the test database through its own proxy, which counts', async () => {
    const before = worker.proxy.stats.requests;
    expect(await ask('/sql', 'select current_database() as name')).toEqual([{ name: database.name }]);
    expect(worker.proxy.stats.requests).toBe(before + 1);
  });

  it('takes variables from the test over those of wrangler.toml', async () => {
    expect(await (await worker.fetch('/greeting')).text()).toBe('from the test');
  });

  it('believes to live at its public origin, over https', async () => {
    const response = await worker.fetch('/echo', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'text/x' },
    });
    expect(await response.json()).toEqual({ url: `${PUBLIC_ORIGIN}/echo`, body: '{"a":1}', type: 'text/x' });
  });

  it('takes a form with a file', async () => {
    const form = new FormData();
    form.set('file', new File(['content'], 'a.txt'));
    const answer = (await (await worker.fetch('/echo', { method: 'POST', body: form })).json()) as { body: string };
    expect(answer.body).toContain('filename="a.txt"');
  });

  it('gives the test a redirect instead of following it', async () => {
    const response = await worker.fetch('/redirect');
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://elsewhere.test/']);
  });

  it('hands out its logs and its bindings', async () => {
    await worker.fetch('/echo?of=loud');
    await vi.waitFor(() => expect(worker.logs.map((log) => log.message)).toContain('echo loud'));
    const env = await worker.env();
    expect(env).toHaveProperty('BUCKET');
    expect(env).toHaveProperty('DATABASE_URL', database.url);
  });
});

describe('an outgoing request', () => {
  it('reaches 127.0.0.1 and sees the status', async () => {
    farSide.answerWith({ status: 410, body: 'gone' });
    expect(await ask('/outgoing', farSide.url)).toEqual({ status: 410, text: 'gone' });
  });

  it('sees a redirect as one', async () => {
    const before = farSide.requests.length;
    farSide.answerWith({ status: 302, headers: { location: '/secret' }, body: 'moved' });
    expect(await ask('/outgoing', farSide.url)).toEqual({ status: 302, text: 'moved' });
    expect(farSide.requests).toHaveLength(before + 1);
  });

  it.each([
    ['a reset', { reset: true }, 'Error'],
    ['a body cut short', { truncate: 'abc' }, 'Error'],
    ['a far side that hangs', { hang: true }, 'TimeoutError'],
    ['a body that drips', { drip: { chunk: 'x', everyMs: 50, chunks: 100 } }, 'TimeoutError'],
  ] as const)('throws on %s', async (_name, answer, thrown) => {
    farSide.answerWith(answer);
    expect(await ask('/outgoing', farSide.url)).toEqual({ thrown });
  });

  it('throws when nobody listens', async () => {
    expect(await ask('/outgoing', 'http://127.0.0.1:9/')).toEqual({ thrown: 'Error' });
  });
});

describe('a local queue', () => {
  it('delivers at once, whatever batch timeout is configured', async () => {
    await worker.fetch(`/send?of=${encodeURIComponent('{"n":1}')}`);
    await vi.waitFor(async () => expect(await seen()).toContainEqual({ queue: 'work', body: { n: 1 }, attempts: 1 }));
  });

  it('retries and then moves the message to the dead letters', async () => {
    await worker.fetch(`/send?of=${encodeURIComponent('"poison"')}`);
    await vi.waitFor(async () =>
      expect((await seen()).filter((entry) => JSON.stringify(entry).includes('poison'))).toEqual([
        { queue: 'work', body: 'poison', attempts: 1 },
        { queue: 'work', body: 'poison', attempts: 2 },
        { queue: 'dead', body: 'poison', attempts: 1 },
      ]),
    );
  });

  it('can be bypassed: the test hands the consumer its messages and sees what became of them', async () => {
    const outcome = await worker.queue('work', [
      { id: 'good', body: 'direct' },
      { id: 'bad', body: 'poison directly', attempts: 9 },
    ]);
    expect(outcome).toMatchObject({ outcome: 'ok', explicitAcks: ['good'], retryMessages: [{ msgId: 'bad' }] });
    expect(await seen()).toContainEqual({ queue: 'work', body: 'poison directly', attempts: 9 });
  });
});

describe('the clock and the mail door', () => {
  it('hands over cron and time, and tells whether the run went well', async () => {
    const at = new Date('2026-11-25T10:17:00Z');
    expect(await worker.scheduled('17 * * * *', at)).toMatchObject({ outcome: 'ok' });
    expect(await seen()).toContainEqual({ cron: '17 * * * *', at: at.getTime() });
    expect(await worker.scheduled('breaks')).toMatchObject({ outcome: 'exception' });
  });

  it('takes a raw mail and tells whether it was rejected', async () => {
    const from = 'a@customer.test';
    expect(await worker.email({ from, to: 'help@desk.test', raw: MAIL })).toMatchObject({ outcome: 'ok' });
    expect(await seen()).toContainEqual({ from, to: 'help@desk.test', raw: MAIL });
    expect(await worker.email({ from, to: 'nobody@desk.test', raw: MAIL })).toMatchObject({
      rejectReason: 'no such inbox',
    });
  });
});

describe('starting a Worker', () => {
  it('keeps R2 objects across a restart in the folder it is given', async () => {
    const persistTo = await mkdtemp(join(tmpdir(), 'mallard-state-'));
    const options = { vars: {}, configPath: PROBE, persistTo };
    const first = await startLocalWorker(options);
    await first.fetch('/put?of=kept');
    await first.stop();
    const second = await startLocalWorker(options);
    expect(await (await second.fetch('/get')).text()).toBe('kept');
    expect(second.crons).toEqual(['* * * * *', '17 * * * *']);
    await second.stop();
    await rm(persistTo, { recursive: true });
  });

  it('loses what is sent when its queues are lost', async () => {
    const lonely = await startWorker({ databaseUrl: database.url, configPath: PROBE, queues: 'lost' });
    await lonely.fetch('/send?of=1');
    expect(await lonely.queue('work', [{ body: 'by hand' }])).toMatchObject({ outcome: 'ok' });
    expect(await (await lonely.fetch('/seen')).json()).toEqual([{ queue: 'work', body: 'by hand', attempts: 1 }]);
    await lonely.close();
  });

  it.each([
    ['does not build', 'import "./nothing.ts"; export default {};', 'nothing.ts'],
    ['throws while it starts', 'throw new Error("at the start"); export default {};', 'at the start'],
  ])('fails with the reason when the Worker %s', async (_name, code, reason) => {
    const folder = await mkdtemp(join(tmpdir(), 'mallard-broken-'));
    await writeFile(join(folder, 'index.ts'), code);
    const configPath = join(folder, 'wrangler.toml');
    await writeFile(configPath, 'name = "broken"\nmain = "index.ts"\ncompatibility_date = "2026-11-24"\n');
    await expect(startLocalWorker({ vars: {}, configPath })).rejects.toThrow(reason);
    await rm(folder, { recursive: true });
  });
});
