import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalIssuer, startLocalIssuer } from '#local/issuer.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { AUDIENCE, openPeopleDesk, type PeopleDesk, type Sent } from '#tests/support/people.ts';

let desk: PeopleDesk;
let owner: string;
const issuers: LocalIssuer[] = [];

beforeAll(async () => {
  desk = await openPeopleDesk();
  owner = await desk.tokenOf(desk.world.owner);
});
afterAll(async () => {
  for (const issuer of issuers) await issuer.stop();
  await desk.close();
});

async function startIssuer(options?: Parameters<typeof startLocalIssuer>[0]): Promise<LocalIssuer> {
  const issuer = await startLocalIssuer(options);
  issuers.push(issuer);
  return issuer;
}

const asOwner = (method: string, path: string, sent: Sent = {}) => desk.call(method, path, { token: owner, ...sent });

async function create(fields: Record<string, unknown> = {}) {
  const issuer = await startIssuer();
  const made = await asOwner('POST', '/auth-issuers', {
    body: { issuer: issuer.issuer, audiences: [AUDIENCE], ...fields },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return { issuer, made: made.body, path: `/auth-issuers/${made.body.id}`, etag: made.headers.get('etag') ?? '' };
}

test('an owner in person trusts an issuer, whose keys are found by discovery', async () => {
  const { issuer, made } = await create({ emailDomains: ['Desk.Test'], provision: 'link' });
  expect(made).toMatchObject({
    issuer: issuer.issuer,
    kind: 'oidc',
    jwksUrl: issuer.jwksUrl,
    audiences: [AUDIENCE],
    algorithms: ['RS256', 'ES256'],
    emailDomains: ['desk.test'],
    rules: [],
    version: 1,
  });
  const member = await desk.world.member({ role: 'agent' });
  const token = await issuer.sign({ sub: 'a', aud: AUDIENCE, email: member.email, email_verified: true });
  expect((await desk.call('GET', '/tickets', { token })).status).toBe(200);
  const [event] = await desk.db.query(
    `select type, audience, payload ->> 'issuer' as issuer, actor_kind from events where to_typeid('iss', entity_id) = $1`,
    [made.id],
  );
  expect(event).toEqual({
    type: 'auth_issuer.created',
    audience: 'internal',
    issuer: issuer.issuer,
    actor_kind: 'user',
  });
});

test('the keys of Cloudflare Access lie where Access says, without discovery', async () => {
  const issuer = await startIssuer();
  issuer.behave({ status: 500 });
  const made = await asOwner('POST', '/auth-issuers', {
    body: { issuer: issuer.issuer, kind: 'cloudflare_access', audiences: ['tag'] },
  });
  expect([made.status, made.body.jwksUrl]).toEqual([201, `${issuer.issuer}/cdn-cgi/access/certs`]);
});

test('an issuer out of reach, one of another name, and an address that may not be asked are refused', async () => {
  const issuer = await startIssuer();
  const post = async (address: string) => {
    const { status, body } = await asOwner('POST', '/auth-issuers', { body: { issuer: address, audiences: ['a'] } });
    return [status, body.reason];
  };
  expect(await post(`${issuer.issuer}/other`)).toEqual([503, 'issuer_unreachable']);
  expect(await post(`${issuer.issuer}/`)).toEqual([422, undefined]);
  for (const refused of [
    'http://login.customer.example',
    'https://10.0.0.1',
    'https://localhost',
    'https://desk.test',
  ]) {
    expect(await post(refused)).toEqual([422, 'url_refused']);
  }
});

test('issuers are the business of owners in person', async () => {
  const { made, path } = await create();
  const { token: key } = await desk.world.keyFor(PERMISSION_KEYS);
  const settler = await desk.world.member();
  await desk.world.grant(settler, ['admin.manage_settings']);
  const manager = await desk.tokenOf(settler);
  const agent = await desk.tokenOf(desk.world.agent);
  const writes: [string, string, unknown][] = [
    ['POST', '/auth-issuers', { issuer: 'https://login.customer.example', audiences: ['a'] }],
    ['PATCH', path, { provision: 'create' }],
    ['PUT', `${path}/rules`, { rules: [] }],
    ['POST', `${path}/test`, { token: 'x' }],
    ['DELETE', path, undefined],
  ];
  for (const [method, to, body] of writes) {
    const headers = method === 'PUT' ? { 'if-match': '"1"' } : {};
    const answers = [key, manager, agent].map((token) => desk.call(method, to, { token, body, headers }));
    const seen = (await Promise.all(answers)).map(({ status, body: { reason } }) => `${status} ${reason ?? ''}`);
    const unseen = to === '/auth-issuers' ? '403 missing_permission' : '404 ';
    expect([method, ...seen]).toEqual([method, '403 person_required', '403 owner_required', unseen]);
  }
  const denied = await desk.db.query(
    `select from audit_events where action = 'access.denied' and reason in ('person_required', 'owner_required') and to_typeid('iss', target_id) = $1`,
    [made.id],
  );
  expect(denied.length).toBeGreaterThanOrEqual(6);
  expect((await desk.call('GET', path, { token: manager })).body).toEqual(made);
  expect((await desk.call('GET', path, { token: agent })).status).toBe(404);
});

test('the list has one page of what is trusted, and the rest when asked for it', async () => {
  const { made, path } = await create();
  const ids = async (query = '') => {
    const { body, trips } = await asOwner('GET', `/auth-issuers${query}`);
    expect(trips).toBe(1);
    return (body.data as { id: string }[]).map(({ id }) => id);
  };
  expect(await ids()).toContain(made.id);
  const first = await asOwner('GET', '/auth-issuers?limit=1');
  const { next } = first.body.page as { next: string };
  expect((await asOwner('GET', `/auth-issuers?limit=1&cursor=${next}`)).body.data).not.toEqual(first.body.data);
  expect((await asOwner('DELETE', path)).status).toBe(204);
  expect(await ids()).not.toContain(made.id);
  expect(await ids('?includeDisabled=true')).toContain(made.id);
});

test('a change acts on the next request; one that changes nothing tells nobody', async () => {
  const { issuer, path } = await create({ emailDomains: ['desk.test'] });
  const member = await desk.world.member({ role: 'agent' });
  const token = await issuer.sign({ sub: 'a', aud: AUDIENCE, email: member.email, email_verified: true });
  expect((await desk.call('GET', '/tickets', { token })).status).toBe(200);
  const changed = await asOwner('PATCH', path, { body: { audiences: ['another'], scopeClaim: null } });
  expect([changed.status, changed.body.version, changed.trips]).toEqual([200, 2, 2]);
  expect((await desk.call('GET', '/tickets', { token })).status).toBe(401);
  const same = await asOwner('PATCH', path, { body: { audiences: ['another'] } });
  expect([same.status, same.body.version, same.trips]).toEqual([200, 2, 1]);
  const stale = await asOwner('PATCH', path, { body: { provision: 'off' }, headers: { 'if-match': '"1"' } });
  expect(stale.status).toBe(412);
});

test('disabling refuses the tokens at once, leaves what was given, and frees the name', async () => {
  const { issuer, made, path } = await create({ emailDomains: ['desk.test'] });
  const agentRole = await roleNamed('agent');
  const rules = [{ claim: ['groups'], equals: 'staff', roleId: agentRole }];
  expect((await asOwner('PUT', `${path}/rules`, { body: { rules }, headers: { 'if-match': '"1"' } })).status).toBe(200);
  const member = await desk.world.member();
  const claims = { sub: 'a', aud: AUDIENCE, email: member.email, email_verified: true, groups: ['staff'] };
  const token = await issuer.sign(claims);
  expect((await desk.call('GET', '/tickets', { token })).status).toBe(200);
  expect((await asOwner('DELETE', path)).status).toBe(204);
  expect((await desk.call('GET', '/tickets', { token })).status).toBe(401);
  expect((await asOwner('DELETE', path)).status).toBe(204);
  expect((await asOwner('PATCH', path, { body: { provision: 'off' } })).status).toBe(409);
  const grants = await desk.db.query(
    `select from principal_role_assignments where to_typeid('iss', issuer_id) = $1 and revoked_at is null`,
    [made.id],
  );
  expect(grants).toHaveLength(1);
  const again = { issuer: issuer.issuer, audiences: [AUDIENCE] };
  expect((await asOwner('POST', '/auth-issuers', { body: again })).status).toBe(201);
  const twice = await asOwner('POST', '/auth-issuers', { body: again });
  expect([twice.status, twice.body.reason]).toEqual([409, 'name_taken']);
});

async function roleNamed(key: string): Promise<string> {
  const [row] = await desk.db.query<{ id: string }>(`select to_typeid('role', id) as id from roles where key = $1`, [
    key,
  ]);
  return row?.id ?? '';
}

test('rules are replaced as a whole, under a version, and refuse what cannot be mapped', async () => {
  const { path, etag } = await create();
  const { support } = desk.world.teams;
  const agent = await roleNamed('agent');
  const put = (rules: unknown, match = etag) =>
    asOwner('PUT', `${path}/rules`, { body: { rules }, headers: match === '' ? {} : { 'if-match': match } });
  const good = [
    { claim: ['https://acme.example/groups'], equals: 'staff', roleId: agent },
    { claim: ['groups'], equals: 'support', joinTeamId: support },
  ];
  const first = await put(good);
  expect(first.status).toBe(200);
  expect(first.body.rules).toEqual([good[0], { ...good[1], joinAs: 'member' }]);
  expect((await put(good)).status).toBe(412);
  expect((await put(good, '')).body.reason).toBe('version_required');
  const same = await put(good, '"2"');
  expect([same.status, same.body.version, same.trips]).toEqual([200, 2, 1]);

  const [gone] = await desk.db.query<{ id: string }>(
    `insert into teams (slug, name, archived_at) values ('gone', 'Gone', now()) returning to_typeid('team', id) as id`,
  );
  const refused = async (rule: Record<string, unknown>) => {
    const { status, body } = await put([{ claim: ['a'], equals: 'b', ...rule }], '"2"');
    return `${status} ${body.reason ?? ''}`;
  };
  expect(await refused({ roleId: await roleNamed('owner') })).toBe('422 owner_not_mappable');
  expect(await refused({ roleId: desk.world.newId('role') })).toBe('422 unknown_reference');
  expect(await refused({ joinTeamId: desk.world.newId('team') })).toBe('422 unknown_reference');
  expect(await refused({ joinTeamId: gone?.id })).toBe('422 scope_archived');
  expect(await refused({})).toBe('400 ');
  expect(await refused({ roleId: agent, joinTeamId: support })).toBe('400 ');
  expect(await refused({ roleId: agent, claim: [] })).toBe('400 ');
  expect(await refused({ roleId: agent, claim: 'groups' })).toBe('400 ');
  expect(await refused({ roleId: support })).toBe('400 wrong_id_kind');
  const rules = Array.from({ length: 201 }, (_, n) => ({ claim: ['a'], equals: `${n}`, roleId: agent }));
  const many = await put(rules, '"2"');
  expect([many.status, many.body.reason]).toEqual([422, 'limit_reached']);
  expect((await put(rules.slice(1), '"2"')).status).toBe(200);
  const long = rules.slice(1).map((rule) => ({ ...rule, claim: ['a'.repeat(255)], equals: rule.equals.padEnd(255) }));
  expect((await put(long, '"3"')).status).toBe(200);
  const [told] = await desk.db.query(
    "select payload #> '{changes,0,to}' as rules from events where type = 'auth_issuer.updated' order by seq desc limit 1",
  );
  expect(told).toEqual({ rules: { truncated: true } });
});

test('at most ten issuers are trusted at a time', async () => {
  await desk.db.query(`update auth_issuers set disabled_at = now() where issuer <> $1`, [desk.issuer.issuer]);
  for (let made = 1; made < 10; made += 1) await create();
  const issuer = await startIssuer();
  const refused = await asOwner('POST', '/auth-issuers', { body: { issuer: issuer.issuer, audiences: ['a'] } });
  expect([refused.status, refused.body.reason]).toEqual([422, 'limit_reached']);
  await desk.db.query(`update auth_issuers set disabled_at = now() where issuer <> $1`, [desk.issuer.issuer]);
});

test('a pasted token is explained claim by claim, as a request would judge it, and nothing is written', async () => {
  const { issuer, path } = await create({ provision: 'create', emailDomains: ['desk.test'] });
  const agent = await roleNamed('agent');
  await asOwner('PUT', `${path}/rules`, {
    body: { rules: [{ claim: ['groups'], equals: 'staff', roleId: agent }] },
    headers: { 'if-match': '"1"' },
  });
  const member = await desk.world.member({ role: 'agent' });
  const now = Math.floor(Date.now() / 1000);
  const foreign = await startIssuer();
  const key = { ...foreign.key, kid: issuer.key.kid };
  const claims = { sub: 'pasted', aud: AUDIENCE, email: 'new@desk.test', email_verified: true, groups: ['staff', 'x'] };
  const cases: [Record<string, unknown>, { key?: typeof key } | undefined, string[], unknown][] = [
    [{}, undefined, [], 'joins'],
    [{ email: member.email, groups: [] }, undefined, [], 'links'],
    [{ groups: ['other'] }, undefined, [], 'not_a_member'],
    [{ email_verified: false }, undefined, [], 'not_a_member'],
    [{ aud: 'else', exp: now - 60 }, undefined, ['audience', 'expiry'], null],
    [{ iat: now - 100_000, nbf: now + 600 }, undefined, ['issued_at', 'not_before'], null],
    [{ iss: 'https://login.customer.example' }, undefined, ['issuer'], null],
    [{}, { key }, ['signature'], null],
  ];
  for (const [changed, options, failed, outcome] of cases) {
    const token = await issuer.sign({ ...claims, ...changed }, options);
    const told = await asOwner('POST', `${path}/test`, { body: { token } });
    expect(told.status, JSON.stringify(told.body)).toBe(200);
    expect(told.trips).toBe(1);
    const checks = told.body.checks as { check: string; passed: boolean }[];
    expect(checks.filter(({ passed }) => !passed).map(({ check }) => check)).toEqual(failed);
    expect([told.body.valid, told.body.outcome]).toEqual([failed.length === 0, outcome]);
    expect(JSON.stringify(told.body)).not.toContain(token);
  }
  const { body } = await asOwner('POST', `${path}/test`, { body: { token: await issuer.sign(claims) } });
  expect(body.rules).toEqual([
    { rule: { claim: ['groups'], equals: 'staff', roleId: agent }, matches: true, found: ['staff', 'x'] },
  ]);
  const none = await asOwner('POST', `${path}/test`, { body: { token: 'mk_no_token' } });
  expect([none.body.valid, none.body.checks]).toMatchObject([false, [{ check: 'form', passed: false }]]);
  expect(await desk.db.query(`select from "user" where email = 'new@desk.test'`)).toHaveLength(0);
  expect(await desk.db.query(`select from account where subject = 'pasted'`)).toHaveLength(0);
});
