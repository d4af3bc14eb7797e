import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealGithubSecrets } from '#services/github/github-secrets.ts';
import { type GithubDesk, opened, openGithubDesk, SECRET, type SendOptions } from './github-desk.ts';

const KIB = 1024;
const MIB = KIB * KIB;

let desk: GithubDesk;

beforeAll(async () => {
  desk = await openGithubDesk();
});
afterAll(() => desk.close());

describe('the door refuses', () => {
  const refusal = async (payload: unknown, options: SendOptions) => {
    const before = await desk.count('inbound_deliveries');
    const answer = await desk.send(payload, options);
    expect(await desk.count('inbound_deliveries')).toBe(before);
    return { ...answer, problem: answer.text === '' ? undefined : JSON.parse(answer.text) };
  };

  test('a wrong byte anywhere in the body, and stores nothing', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(opened()));
    const signature = `sha256=${createHmac('sha256', SECRET).update(bytes).digest('hex')}`;
    for (const at of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const altered = bytes.with(at, (bytes[at] ?? 0) ^ 1);
      expect((await refusal(altered, { headers: { 'x-hub-signature-256': signature } })).status).toBe(401);
    }
    expect((await refusal(bytes.slice(0, -1), { headers: { 'x-hub-signature-256': signature } })).status).toBe(401);
  });

  test.each([
    ['another secret', { secret: 'not it' }],
    ['a signature that is none', { headers: { 'x-hub-signature-256': 'sha256=00' } }],
    ['another App', { headers: { 'x-github-hook-installation-target-id': '4243' } }],
    ['another GitHub', { headers: { 'x-github-enterprise-host': 'github.evil.test' } }],
  ])('%s with 401', async (_name, options) => {
    const { status, problem } = await refusal(opened(), options);
    expect([status, problem.code]).toEqual([401, 'unauthenticated']);
  });

  test('missing headers with 400, and names each', async () => {
    const names = [
      'x-github-delivery',
      'x-github-event',
      'x-hub-signature-256',
      'x-github-hook-installation-target-id',
    ];
    const { status, problem } = await refusal(opened(), {
      headers: Object.fromEntries(names.map((name) => [name, null])),
    });
    expect(status).toBe(400);
    expect(problem.errors.map(({ pointer }: { pointer: string }) => pointer.slice(1).toLowerCase())).toEqual(names);
  });

  test('a signed body that is no JSON object with 400', async () => {
    for (const body of ['{"action":', '[1]', 'null']) {
      const { status, problem } = await refusal(new TextEncoder().encode(body), {});
      expect([status, problem.reason]).toEqual([400, 'invalid_json']);
    }
  });

  test('another media type with 415, a form of GitHub too', async () => {
    expect((await refusal(opened(), { headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(
      415,
    );
    expect((await refusal(opened(), { headers: { 'content-type': null } })).status).toBe(415);
  });

  test('26 MiB with 413', async () => {
    expect((await refusal(new Uint8Array(26 * MIB), {})).status).toBe(413);
  });
});

describe('a replaced secret', () => {
  const rotate = async (until: Date) => {
    const { keys, random } = desk.kernel();
    const secrets = {
      webhookSecret: 'the next secret',
      previousWebhookSecret: { secret: SECRET, until: until.toISOString() },
    };
    await desk.db.query('update integration_platform_credentials set secrets = $1', [
      sealGithubSecrets(keys, desk.connection.integrationId, secrets, random),
    ]);
  };

  test('verifies until its end and no longer, the new one from the start', async () => {
    const hour = 3_600_000;
    await rotate(new Date(Date.now() + hour));
    expect((await desk.send(opened(), { secret: SECRET })).status).toBe(202);
    expect((await desk.send(opened(), { secret: 'the next secret' })).status).toBe(202);
    await rotate(new Date(Date.now() - 1));
    expect((await desk.send(opened(), { secret: SECRET })).status).toBe(401);
    expect((await desk.send(opened(), { secret: 'the next secret' })).status).toBe(202);
    await rotate(new Date(Date.now() + hour));
  });

  test('that was moved here from another row opens nothing, and the door stays shut', async () => {
    const { keys, random } = desk.kernel();
    const elsewhere = sealGithubSecrets(keys, desk.world.newId('int'), { webhookSecret: SECRET }, random);
    const [kept] = await desk.db.query<{ secrets: string }>('select secrets from integration_platform_credentials');
    await desk.db.query('update integration_platform_credentials set secrets = $1', [elsewhere]);
    expect((await desk.send(opened())).status).toBe(401);
    await desk.db.query('update integration_platform_credentials set secrets = $1', [kept?.secrets]);
  });
});

describe('a delivery survives', () => {
  const rowOf = async (guid: string) =>
    (
      await desk.db.query(
        'select state, attempts, reason, next_attempt_at > now() as later from inbound_deliveries where dedupe_key = $1',
        [guid],
      )
    )[0];
  const wake = (id: string) => desk.worker.queue('github', [{ body: { kind: 'github_inbound', id } }]);

  test('a lost wake: the tick finds it', async () => {
    const payload = opened();
    const { guid } = await desk.send(payload, { event: 'issues_lost' });
    await desk.settled();
    await desk.db.query(
      "update inbound_deliveries set event = 'issues', state = 'received', attempts = 0, next_attempt_at = now() - interval '1 second' where dedupe_key = $1",
      [guid],
    );
    await desk.worker.scheduled('* * * * *');
    expect(await desk.deliveryOf(guid)).toMatchObject({ state: 'done' });
    expect(await desk.ticketOf(payload.issue.id)).toHaveLength(1);
  });

  test('an object store that has lost its payload: it waits, then is listed as a dead letter, and sending it again arms it', async () => {
    const payload = opened({}, { padding: 'x'.repeat(65 * KIB) });
    const { guid } = await desk.send(payload, { event: 'later' });
    const id = (await desk.deliveryOf(guid))?.id ?? '';
    const bucket = (await desk.worker.env()).ATTACHMENTS as { delete(key: string): Promise<void> };
    await bucket.delete(`inbound/github/${guid}`);
    await desk.db.query(
      "update inbound_deliveries set event = 'issues', state = 'received', attempts = 0, next_attempt_at = now() - interval '1 second' where dedupe_key = $1",
      [guid],
    );

    expect(await wake(id)).toMatchObject({ retryMessages: [{}] });
    expect(await rowOf(guid)).toEqual({ state: 'retry', attempts: 1, reason: 'internal', later: true });
    expect(await wake(id), 'not due yet').toMatchObject({ retryMessages: [] });
    expect(await rowOf(guid)).toMatchObject({ attempts: 1 });

    await desk.db.query(
      "update inbound_deliveries set attempts = 15, next_attempt_at = now() - interval '1 second' where dedupe_key = $1",
      [guid],
    );
    await wake(id);
    expect(await rowOf(guid)).toMatchObject({ state: 'dead', attempts: 16 });
    const letters = await desk.db.query('select kind, queue, detail, state from dead_letters where ref_id = $1', [id]);
    expect(letters).toEqual([
      { kind: 'github_inbound', queue: 'github', detail: { reason: 'internal' }, state: 'open' },
    ]);

    expect((await desk.send(payload, { guid, event: 'issues' })).status).toBe(202);
    expect(await desk.deliveryOf(guid)).toMatchObject({ state: 'done', attempts: 1 });
  });
});
