import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { runGithubInbound } from '#services/github/run-github-inbound.ts';
import { attemptInbound } from '#services/inbound/attempt-inbound.ts';
import type { InboundClaim } from '#services/inbound/claim-inbound.ts';
import { inboundId } from '#services/inbound/store-inbound.ts';
import { type GithubDesk, opened, openGithubDesk, REPOSITORY_ID, type SendOptions } from './github-desk.ts';

const MIB = 1024 * 1024;

interface Example {
  name: string;
  examples: Record<string, unknown>[];
}
const EXAMPLES: Example[] = createRequire(import.meta.url)('@octokit/webhooks-examples');

let desk: GithubDesk;

beforeAll(async () => {
  desk = await openGithubDesk();
});
afterAll(() => desk.close());

describe('an opened issue', () => {
  test('is answered after two round trips and becomes an internal ticket of the repository’s inbox', async () => {
    const payload = opened();
    const answer = await desk.send(payload);
    expect(answer).toMatchObject({ status: 202, text: '', trips: 'db;desc="2"' });
    expect(await desk.deliveryOf(answer.guid)).toMatchObject({
      state: 'done',
      outcome: 'applied',
      event: 'issues',
      action: 'opened',
    });
    expect(await desk.ticketOf(payload.issue.id)).toEqual([
      {
        number: expect.any(Number),
        subject: payload.issue.title,
        channel: 'github',
        visibility: 'team',
        priority: 'high',
        requester_contact_id: null,
        inbox: desk.world.inboxes.invoices,
        creator: desk.connection.principalId,
        body: payload.issue.body,
        audience: 'internal',
        author_kind: 'automation',
        author_name: 'octocat',
        via: 'github',
        is_opening: true,
      },
    ]);
  });

  test('tells where it came from in its event, with the connection as its origin', async () => {
    const payload = opened();
    await desk.send(payload);
    await desk.settled();
    const key = `gh:${REPOSITORY_ID}:issue:${payload.issue.id}`;
    const events = await desk.db.query(
      'select type, audience, actor_kind, origin, payload from events where origin_ref = $1',
      [key],
    );
    expect(events).toMatchObject([
      {
        type: 'ticket.created',
        audience: 'internal',
        actor_kind: 'integration',
        origin: idToUuid(desk.connection.integrationId),
        payload: {
          source: {
            kind: 'github',
            repository: 'Codertocat/Hello-World',
            number: payload.issue.number,
            url: payload.issue.html_url,
          },
        },
      },
    ]);
  });

  test('delivered twice at once under one guid is processed once, and both answers are 202', async () => {
    const payload = opened();
    const guid = randomUUID();
    const answers = await Promise.all([
      desk.send(payload, { guid }),
      desk.send(payload, { guid }),
      desk.send(payload, { guid: guid.toUpperCase() }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const { id } = (await desk.deliveryOf(guid)) ?? {};
    const wake = { body: { kind: 'github_inbound', id } };
    await Promise.all([desk.worker.queue('github', [wake, wake]), desk.worker.queue('github', [wake])]);
    expect(await desk.deliveryOf(guid)).toMatchObject({ state: 'done', attempts: 1 });
    expect(await desk.ticketOf(payload.issue.id)).toHaveLength(1);
  });

  test('delivered again under other guids, one after the other and at once, makes no second ticket', async () => {
    const payload = opened();
    const first = await Promise.all([desk.send(payload), desk.send(payload), desk.send(payload)]);
    await desk.settled();
    const later = await desk.send(payload);
    expect(await desk.deliveryOf(later.guid)).toMatchObject({
      state: 'ignored',
      outcome: 'noop',
      reason: 'already_a_ticket',
    });
    const states = await Promise.all(first.map(async ({ guid }) => (await desk.deliveryOf(guid))?.state));
    expect(states.toSorted()).toEqual(['done', 'ignored', 'ignored']);
    expect(await desk.ticketOf(payload.issue.id)).toHaveLength(1);
  });

  test('with text that the database cannot store is stored without it', async () => {
    const payload = opened({ title: `  a\u0000\r\nb${'x'.repeat(600)}`, body: 'c\u0000d\ud800' });
    const { guid } = await desk.send(payload);
    expect(await desk.deliveryOf(guid)).toMatchObject({ state: 'done' });
    expect(await desk.ticketOf(payload.issue.id)).toMatchObject([
      { subject: `a b${'x'.repeat(497)}`, body: 'cd\ufffd' },
    ]);
  });

  test('of 20 MiB goes to the object store, and is processed from there', async () => {
    const payload = opened({}, { padding: 'x'.repeat(20 * MIB) });
    const { guid, status, trips } = await desk.send(payload);
    expect([status, trips]).toEqual([202, 'db;desc="2"']);
    expect(await desk.deliveryOf(guid)).toMatchObject({ state: 'done', payload_key: `inbound/github/${guid}` });
    expect(await desk.ticketOf(payload.issue.id)).toHaveLength(1);
  });
});

describe('what opens no ticket is stored, answered and noted', () => {
  const reasonFor = async (payload: unknown, options: SendOptions = {}) => {
    await desk.settled();
    const before = await desk.count('tickets');
    const { guid, status } = await desk.send(payload, options);
    const delivery = await desk.deliveryOf(guid);
    expect(await desk.count('tickets')).toBe(before);
    return [status, delivery?.state, delivery?.reason];
  };
  const set = (sql: string) => desk.db.query(sql);

  test('a pull request', async () => {
    expect(await reasonFor(opened({ pull_request: { url: 'https://api.github.com/…' } }))).toEqual([
      202,
      'ignored',
      'pull_request',
    ]);
  });

  test('an unknown repository', async () => {
    expect(await reasonFor(opened({}, { repository: { id: 5 } }))).toEqual([202, 'ignored', 'unknown_repository']);
  });

  test('an event that nothing handles', async () => {
    expect(await reasonFor({ action: 'created' }, { event: 'star' })).toEqual([202, 'ignored', 'unhandled_event']);
  });

  test('a paused connection', async () => {
    await set("update integrations set status = 'paused'");
    expect(await reasonFor(opened())).toEqual([202, 'ignored', 'integration_not_active']);
    await set("update integrations set status = 'active'");
  });

  test('a paused repository', async () => {
    await set("update integration_repositories set status = 'paused'");
    expect(await reasonFor(opened())).toEqual([202, 'ignored', 'repository_inactive']);
    await set("update integration_repositories set status = 'active'");
  });

  test('a repository whose rule is never, or another label', async () => {
    await set(`update integration_repositories set rules = '{"schemaVersion": 1}'`);
    expect(await reasonFor(opened())).toEqual([202, 'ignored', 'rule_never']);
    await set(
      `update integration_repositories set rules = '{"schemaVersion": 1, "createTicket": {"label": "support"}}'`,
    );
    expect(await reasonFor(opened({ labels: [{ name: 'bug' }] }))).toEqual([202, 'ignored', 'label_absent']);
    const payload = opened({ labels: [{ name: 'Support' }] });
    expect(await desk.deliveryOf((await desk.send(payload)).guid)).toMatchObject({ state: 'done' });
    await set(`update integration_repositories set rules = '{"schemaVersion": 1, "createTicket": "all"}'`);
  });
});

describe('the consumer', () => {
  test('spends two round trips on a delivery, be it a ticket or nothing', async () => {
    for (const event of ['issues', 'star']) {
      const { guid } = await desk.send(opened(), { event: 'counted' });
      const id = inboundId('github', guid);
      await desk.settled();
      await desk.db.query("update inbound_deliveries set event = $2, state = 'received' where dedupe_key = $1", [
        guid,
        event,
      ]);
      const kernel = desk.kernel();
      const store = { put: async () => undefined, get: async () => undefined };
      const run = (claim: InboundClaim) => runGithubInbound(kernel, store, claim);
      expect(await attemptInbound(kernel, 'github', id, run)).toBe(event === 'issues' ? 'done' : 'ignored');
      expect(kernel.db.spent.trips).toBe(2);
    }
  });
});

describe("Octokit's example payloads", () => {
  const HANDLED = new Set([
    'issues',
    'issue_comment',
    'label',
    'ping',
    'repository',
    'installation',
    'installation_repositories',
    'github_app_authorization',
    'meta',
    'star',
    'push',
    'pull_request',
  ]);

  test('all end done or ignored, never dead, and one issue is one ticket', async () => {
    const chosen = EXAMPLES.filter((example) => HANDLED.has(example.name));
    const sent = [];
    for (const { name, examples } of chosen) {
      sent.push(...(await Promise.all(examples.map((payload) => desk.send(payload, { event: name })))));
    }
    expect(sent.length).toBeGreaterThan(100);
    expect(sent.filter(({ status }) => status !== 202)).toEqual([]);
    const guids = new Set(sent.map(({ guid }) => guid));
    const mine = (await desk.settled()).filter(({ dedupe_key }) => guids.has(dedupe_key));
    expect(mine).toHaveLength(sent.length);
    expect([...new Set(mine.map(({ state }) => state))].toSorted()).toEqual(['done', 'ignored']);
    expect(mine.filter(({ state }) => state === 'done')).toHaveLength(1);
    expect(await desk.ticketOf(444500041)).toHaveLength(1);
  });
});
