import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AccessEnv, access } from '#local/access.ts';
import { startLocalIssuer } from '#local/issuer.ts';
import { EVENTS, type EventType } from '#schema/events.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import type { ClaimWorkspaceInput } from '#services/setup/claim-workspace.ts';
import { setUp } from '#services/setup/set-up.ts';
import { getWorkspace } from '#services/workspace/get-workspace.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { startWorker, type TestWorker } from '#tests/support/worker.ts';

const SETUP_TOKEN = 'a-token-of-more-than-thirty-two-characters';
const PERSON = { name: 'Ines Duarte', email: 'ines@lighthouse.example', workspaceName: 'Lighthouse Supply' };
const DAY_MS = 86_400_000;

// biome-ignore lint/suspicious/noExplicitAny: a test reads what came over the wire.
type Json = any;

const audit = (db: TestDatabase, action: string) =>
  db.query('select outcome, actor_kind, surface, reason from audit_events where action = $1', [action]);
const owners = (db: TestDatabase) =>
  db.query<{ email: string }>(
    `select u.email from principal_role_assignments a join roles r on r.id = a.role_id and r.key = 'owner'
      join principal p on p.id = a.principal_id and p.member_state = 'active' join "user" u on u.id = p.user_id
    where a.revoked_at is null and a.expires_at is null and a.source = 'setup' order by 1`,
  );
const eventsAreSound = async (db: TestDatabase): Promise<string[]> => {
  const rows = await db.query<{ type: EventType; payload: unknown }>('select type, payload from events order by seq');
  for (const { type, payload } of rows) EVENTS[type].payload.parse(payload);
  return rows.map(({ type }) => type);
};

describe('setting up over HTTP', () => {
  let db: TestDatabase;
  let worker: TestWorker;
  beforeAll(async () => {
    db = await createTestDatabase();
    worker = await startWorker({ databaseUrl: db.url, queues: 'lost', vars: { CHECK_ANSWERS: 'true', SETUP_TOKEN } });
  });
  afterAll(async () => {
    await worker.close();
    await db.drop();
  });

  const ask = async (body: unknown = PERSON, token: string | null = SETUP_TOKEN) => {
    const response = await worker.fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
  };

  test('without the secret, or with a wrong one, looks like any path that is not there', async () => {
    const absent = await worker.fetch('/api/v1/setups', { method: 'POST' });
    const { detail } = (await absent.json()) as { detail: string };
    const requests = worker.proxy.stats.requests;
    const none = await ask(PERSON, null);
    expect(worker.proxy.stats.requests).toBe(requests);
    const wrong = await ask({ broken: true }, `${SETUP_TOKEN}x`);
    for (const { status, body } of [none, wrong])
      expect({ status, detail: body.detail }).toEqual({ status: 404, detail });
    expect(await owners(db)).toEqual([]);
  });

  test('a wrong secret leaves one audit row a minute', async () => {
    const before = (await audit(db, 'access.denied')).length;
    const minute = new Date().getMinutes();
    await Promise.all([1, 2, 3].map(() => ask(PERSON, `${SETUP_TOKEN}x`)));
    const rows = await audit(db, 'access.denied');
    expect(rows.length).toBeGreaterThanOrEqual(1);
    expect(rows.length - before).toBeLessThanOrEqual(new Date().getMinutes() === minute ? 1 : 2);
  });

  test('names broken fields to who has the secret', async () => {
    const broken = { status: 400, body: { errors: [{ pointer: '/email' }] } };
    expect(await ask({ ...PERSON, email: 'nobody' })).toMatchObject(broken);
    const unknown = { status: 400, body: { errors: [{ code: 'unknown_field' }] } };
    expect(await ask({ ...PERSON, role: 'owner' })).toMatchObject(unknown);
  });

  test('makes the owner, names the workspace, and gives a key of everything for seven days', async () => {
    const { status, body, headers } = await ask({ ...PERSON, email: ' Ines@Lighthouse.example ' });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(headers.get('server-timing')).toContain('desc="2"');
    expect(Date.parse(body.key.expiresAt) - Date.now()).toBeGreaterThan(7 * DAY_MS - 120_000);
    const me = await worker.fetch('/api/v1/me', { headers: { authorization: `Bearer ${body.key.token}` } });
    const mine = (await me.json()) as Json;
    expect(mine.actor).toMatchObject({ kind: 'api_key', memberId: body.principalId, keyId: body.key.id });
    expect(new Set(mine.grants.map(({ permission }: Json) => permission))).toEqual(new Set(PERMISSION_KEYS));
    expect(await owners(db)).toEqual([{ email: 'ines@lighthouse.example' }]);
    expect(await db.query('select name from settings')).toEqual([{ name: 'Lighthouse Supply' }]);
    expect(await db.query('select name, is_default from inboxes')).toEqual([{ name: 'Support', is_default: true }]);
    expect(await audit(db, 'access.bootstrapped')).toMatchObject([{ actor_kind: 'system', surface: 'api' }]);
    expect((await eventsAreSound(db)).slice(0, 3)).toEqual([
      'member.added',
      'role_assignment.created',
      'api_key.created',
    ]);
    const stored = [await db.query('select * from audit_events'), await db.query('select * from events')];
    expect(JSON.stringify(stored)).not.toContain(body.key.token.slice(30, 60));
  });

  test('happens once: after it there is nothing here, with the right token too', async () => {
    expect((await ask({ ...PERSON, email: 'eve@example.com' })).status).toBe(404);
    expect(await owners(db)).toHaveLength(1);
    expect((await audit(db, 'access.denied')).length).toBeGreaterThan(0);
  });
});

describe('setting up', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await createTestDatabase();
  });
  afterEach(() => db.drop());

  const claimAs = (
    person: ClaimWorkspaceInput,
    token = { given: SETUP_TOKEN, expected: SETUP_TOKEN as string | undefined },
  ) => setUp(testKernel(db.url), token, () => person, undefined as never);

  test.each([
    ['the same address', [PERSON, PERSON]],
    ['two addresses', [PERSON, { ...PERSON, email: 'eve@example.com' }]],
  ])('by two at once with %s makes one owner', async (_title, people) => {
    const answers = await Promise.allSettled(people.map((person) => claimAs(person)));
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'not_found' } });
    expect(await owners(db)).toHaveLength(1);
    expect(await db.query('select id from inboxes')).toHaveLength(1);
  });

  test.each([undefined, 'short'])('is closed where the secret is %s', async (expected) => {
    const token = { given: expected ?? '', expected };
    await expect(claimAs(PERSON, token)).rejects.toMatchObject({ code: 'not_found' });
    expect(await owners(db)).toEqual([]);
  });
});

describe('the command line', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await createTestDatabase();
  });
  afterEach(() => db.drop());

  const cli = (args: readonly string[], env: Partial<AccessEnv> = {}): Promise<string> =>
    access(args, { DATABASE_URL: db.url, ...env });
  const keyIn = (printed: string): string => /mk_\S+/.exec(printed)?.[0] ?? '';

  test('claims a workspace and prints a key that works', async () => {
    const printed = await cli(['owner', 'ines@lighthouse.example', '--workspace', 'Lighthouse']);
    expect(await owners(db)).toEqual([{ email: 'ines@lighthouse.example' }]);
    const { output } = await askVerb(db.url, keyIn(printed), getWorkspace, {});
    expect(output).toMatchObject({ name: 'Lighthouse' });
    expect(await audit(db, 'access.bootstrapped')).toMatchObject([{ actor_kind: 'system', surface: 'cli' }]);
    await expect(cli(['owner', 'eve@example.com'])).rejects.toThrow(/had members before/);
  });

  test('recovers a workspace without owner, and with one only when forced', async () => {
    await cli(['owner', 'ines@lighthouse.example']);
    await db.query(`with u as (insert into "user" (email) values ('eve@example.com') returning id)
      insert into principal (type, user_id, display_name, member_state, member_since, member_ended_at)
      select 'user', id, 'Eve', 'removed', now(), now() from u`);
    await db.query(`with c as (insert into contacts (name, sort_name) values ('Eve', 'eve') returning id)
      insert into contact_emails (contact_id, email, is_primary) select id, 'eve@example.com', true from c`);
    await expect(cli(['recover', 'eve@example.com'])).rejects.toThrow(/--force/);
    await expect(cli(['recover', 'nobody@example.com', '--force'])).rejects.toThrow(/Nobody here/);
    await db.query(`update principal set member_state = 'suspended' where display_name = 'ines'`);
    const printed = await cli(['recover', 'eve@example.com']);
    expect(keyIn(printed)).not.toBe('');
    expect(await owners(db)).toEqual([{ email: 'eve@example.com' }]);
    expect(await audit(db, 'access.recovered')).toMatchObject([{ surface: 'cli' }]);
    await cli(['recover', 'ines@lighthouse.example', '--force']);
    expect(await owners(db)).toHaveLength(2);
    expect(await eventsAreSound(db)).toEqual([
      ...['member.added', 'role_assignment.created', 'api_key.created'],
      ...['member.added', 'role_assignment.created', 'api_key.created', 'contact.linked'],
      ...['member.updated', 'api_key.created'],
    ]);
  });

  test('makes a grant with an end last for good', async () => {
    await cli(['owner', 'ines@lighthouse.example']);
    await db.query("update principal_role_assignments set expires_at = now() + interval '1 day'");
    await cli(['recover', 'ines@lighthouse.example']);
    expect(await owners(db)).toHaveLength(1);
    expect((await eventsAreSound(db)).at(-2)).toBe('role_assignment.updated');
  });

  test('trusts an issuer by which the owner comes in as a person, and makes keys without an end', async () => {
    const issuer = await startLocalIssuer();
    const env = { ALLOW_LOCAL_TARGETS: 'http://127.0.0.1:*', WEBHOOK_DOH_URL: '' };
    await cli(['owner', 'ines@lighthouse.example', '--issuer', issuer.issuer, '--audience', 'desk'], env);
    expect((await eventsAreSound(db)).at(-1)).toBe('auth_issuer.created');
    const worker = await startWorker({ databaseUrl: db.url, queues: 'lost' });
    const token = await issuer.sign({
      sub: 'ines',
      aud: 'desk',
      email: 'ines@lighthouse.example',
      email_verified: true,
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const made = await worker.fetch('/api/v1/api-keys', {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: 'For ever', scopes: ['ticket.create'], expiresAt: null }),
    });
    expect(await made.json()).toMatchObject({ name: 'For ever', expiresAt: null });
    await worker.close();
    await issuer.stop();
  });

  test.each([[[]], [['owner']], [['rule', 'a@example.com']], [['owner', 'a@example.com', 'b@example.com']]])(
    'explains itself for %j',
    async (args) => {
      await expect(cli(args)).rejects.toThrow(/npm run access/);
    },
  );
});
