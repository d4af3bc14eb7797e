import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { access } from '#local/access.ts';
import { EVENTS, type EventType } from '#schema/events.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { startWorker, type TestWorker } from '#tests/support/worker.ts';

const SETUP_TOKEN = 'a-token-of-more-than-thirty-two-characters';
const PERSON = { name: 'Ines Duarte', email: 'Ines@Lighthouse.example', workspaceName: 'Lighthouse Supply' };
const DAY_MS = 86_400_000;

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(() => db.drop());

const audit = (action: string) =>
  db.query('select outcome, actor_kind, surface, reason from audit_events where action = $1', [action]);
const owners = () =>
  db.query<{ email: string }>(
    `select u.email from principal_role_assignments a join roles r on r.id = a.role_id and r.key = 'owner'
      join principal p on p.id = a.principal_id and p.member_state = 'active' join "user" u on u.id = p.user_id
    where a.revoked_at is null and a.expires_at is null and a.source = 'setup' order by 1`,
  );
const eventsAreSound = async (): Promise<string[]> => {
  const rows = await db.query<{ type: EventType; payload: unknown }>('select type, payload from events order by seq');
  for (const { type, payload } of rows) EVENTS[type].payload.parse(payload);
  return rows.map(({ type }) => type);
};

describe('setting up over HTTP', () => {
  let worker: TestWorker;
  const start = async (vars: Record<string, string> = { SETUP_TOKEN }) => {
    worker = await startWorker({ databaseUrl: db.url, queues: 'lost', vars: { CHECK_ANSWERS: 'true', ...vars } });
  };
  afterEach(() => worker.close());

  const claim = async (body: unknown = PERSON, token: string | null = SETUP_TOKEN) => {
    const response = await worker.fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as never as Json };
  };
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what came over the wire.
  type Json = any;
  const me = async (token: string): Promise<Json> =>
    (await worker.fetch('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })).json();

  test('makes the owner, names the workspace, and gives a key of everything for seven days', async () => {
    await start();
    const { status, body, headers } = await claim();
    expect(status, JSON.stringify(body)).toBe(201);
    expect(headers.get('server-timing')).toContain('desc="2"');
    expect(Date.parse(body.key.expiresAt) - Date.now()).toBeGreaterThan(7 * DAY_MS - 60_000);
    const mine = await me(body.key.token);
    expect(mine.actor).toMatchObject({ kind: 'api_key', memberId: body.principalId, keyId: body.key.id });
    expect(new Set(mine.grants.map(({ permission }: Json) => permission))).toEqual(new Set(PERMISSION_KEYS));
    expect(await owners()).toEqual([{ email: 'ines@lighthouse.example' }]);
    expect(await db.query('select name from settings')).toEqual([{ name: 'Lighthouse Supply' }]);
    expect(await db.query('select name, is_default from inboxes')).toEqual([{ name: 'Support', is_default: true }]);
    expect(await audit('access.bootstrapped')).toMatchObject([{ actor_kind: 'system', surface: 'api' }]);
    expect(await eventsAreSound()).toEqual(['member.added', 'role_assignment.created', 'api_key.created']);
    const stored = JSON.stringify([
      await db.query('select * from audit_events'),
      await db.query('select * from events'),
    ]);
    expect(stored).not.toContain(body.key.token.slice(30, 60));
  });

  test('happens once: after it there is nothing here, with the right token too', async () => {
    await start();
    await claim();
    const again = await claim({ ...PERSON, email: 'eve@example.com' });
    expect(again.status).toBe(404);
    expect(await owners()).toHaveLength(1);
    expect(await audit('access.denied')).toMatchObject([{ outcome: 'denied' }]);
  });

  test.each([
    ['the same address', [PERSON, PERSON]],
    ['two addresses', [PERSON, { ...PERSON, email: 'eve@example.com' }]],
  ])('of two claims at once with %s makes one owner', async (_title, people) => {
    await start();
    const answers = await Promise.all(people.map((person) => claim(person)));
    expect(answers.map(({ status }) => status).sort(), JSON.stringify(answers)).toEqual([201, 404]);
    expect(await owners()).toHaveLength(1);
    expect(await db.query('select id from inboxes')).toHaveLength(1);
  });

  test('without the secret, or with a wrong one, looks like any path that is not there', async () => {
    await start();
    const absent = await worker.fetch('/api/v1/setups', { method: 'POST' });
    const { detail } = (await absent.json()) as { detail: string };
    const none = await claim(PERSON, null);
    const wrong = await claim({ broken: true }, `${SETUP_TOKEN}x`);
    for (const { status, body } of [none, wrong])
      expect({ status, detail: body.detail }).toEqual({ status: 404, detail });
    expect(await owners()).toEqual([]);
  });

  test('a wrong secret leaves one audit row a minute', async () => {
    await start();
    const minute = new Date().getMinutes();
    await Promise.all([1, 2, 3].map(() => claim(PERSON, `${SETUP_TOKEN}x`)));
    const rows = await audit('access.denied');
    expect(rows.length).toBeGreaterThanOrEqual(1);
    expect(rows.length).toBeLessThanOrEqual(new Date().getMinutes() === minute ? 1 : 2);
  });

  test.each([{}, { SETUP_TOKEN: 'short' }])('is closed where the secret is missing or short: %j', async (vars) => {
    await start(vars);
    expect((await claim(PERSON, 'SETUP_TOKEN' in vars ? 'short' : 'undefined')).status).toBe(404);
    expect(await owners()).toEqual([]);
  });

  test('names broken fields to who has the secret', async () => {
    await start();
    expect(await claim({ ...PERSON, email: 'nobody' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/email' }] },
    });
    expect(await claim({ ...PERSON, role: 'owner' })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'unknown_field' }] },
    });
  });
});

describe('the command line', () => {
  const keyIn = (printed: string): string => /mk_\S+/.exec(printed)?.[0] ?? '';

  test('claims a workspace and prints a key that works', async () => {
    const printed = await access(['owner', 'ines@lighthouse.example', '--workspace', 'Lighthouse'], db.url);
    expect(await owners()).toEqual([{ email: 'ines@lighthouse.example' }]);
    const worker = await startWorker({ databaseUrl: db.url, queues: 'lost' });
    const answer = await worker.fetch('/api/v1/workspace', { headers: { authorization: `Bearer ${keyIn(printed)}` } });
    expect(await answer.json()).toMatchObject({ name: 'Lighthouse' });
    await worker.close();
    expect(await audit('access.bootstrapped')).toMatchObject([{ actor_kind: 'system', surface: 'cli' }]);
    await expect(access(['owner', 'eve@example.com'], db.url)).rejects.toThrow(/had members before/);
  });

  test('recovers a workspace without owner, and with one only when forced', async () => {
    await access(['owner', 'ines@lighthouse.example'], db.url);
    await db.query(`with u as (insert into "user" (email) values ('eve@example.com') returning id)
      insert into principal (type, user_id, display_name, member_state, member_since, member_ended_at)
      select 'user', id, 'Eve', 'removed', now(), now() from u`);
    await expect(access(['recover', 'eve@example.com'], db.url)).rejects.toThrow(/--force/);
    await expect(access(['recover', 'nobody@example.com', '--force'], db.url)).rejects.toThrow(/Nobody here/);
    await db.query(`update principal set member_state = 'suspended' where display_name = 'ines'`);
    const printed = await access(['recover', 'eve@example.com'], db.url);
    expect(keyIn(printed)).not.toBe('');
    expect(await owners()).toEqual([{ email: 'eve@example.com' }]);
    expect(await audit('access.recovered')).toMatchObject([{ surface: 'cli' }]);
    await access(['recover', 'ines@lighthouse.example', '--force'], db.url);
    expect(await owners()).toHaveLength(2);
    expect(await eventsAreSound()).toEqual([
      ...['member.added', 'role_assignment.created', 'api_key.created'],
      ...['member.added', 'role_assignment.created', 'api_key.created'],
      ...['member.updated', 'api_key.created'],
    ]);
  });

  test('makes a grant with an end last for good', async () => {
    await access(['owner', 'ines@lighthouse.example'], db.url);
    await db.query("update principal_role_assignments set expires_at = now() + interval '1 day'");
    await access(['recover', 'ines@lighthouse.example'], db.url);
    expect(await owners()).toHaveLength(1);
    expect((await eventsAreSound()).at(-2)).toBe('role_assignment.updated');
  });

  test.each([[[]], [['owner']], [['rule', 'a@example.com']], [['owner', 'a@example.com', 'b@example.com']]])(
    'explains itself for %j',
    async (args) => {
      await expect(access(args, db.url)).rejects.toThrow(/npm run access/);
    },
  );
});
