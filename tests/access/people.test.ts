import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type LocalIssuer, startLocalIssuer } from '#local/issuer.ts';
import { AUDIENCE, openPeopleDesk, type PeopleDesk } from '#tests/support/people.ts';
import { PUBLIC_ORIGIN } from '#tests/support/worker.ts';
import type { Member } from '#tests/support/world.ts';

let desk: PeopleDesk;
let access: LocalIssuer;
const others: LocalIssuer[] = [];

beforeAll(async () => {
  desk = await openPeopleDesk();
  access = await startLocalIssuer({ algorithm: 'RS256' });
  await desk.trust(
    { issuer: access.issuer, jwksUrl: `${access.issuer}/cdn-cgi/access/certs` },
    { kind: 'cloudflare_access', audiences: ['aud-tag'] },
  );
});
afterEach(() => desk.issuer.behave('well'));
afterAll(async () => {
  for (const issuer of [access, ...others]) await issuer.stop();
  await desk.close();
});

const SUBJECT = 'subject of a staff member';
let known: Promise<Member> | undefined;

/** A member with role agent whom both issuers know by `SUBJECT`. */
async function member(): Promise<Member> {
  known ??= (async () => {
    const made = await desk.world.member({ role: 'agent' });
    await desk.link(made, SUBJECT);
    const [row] = await desk.db.query<{ id: string }>(
      `select to_typeid('iss', id) as id from auth_issuers where kind = 'cloudflare_access'`,
    );
    await desk.link(made, SUBJECT, row?.id as Parameters<PeopleDesk['link']>[2]);
    return made;
  })();
  return known;
}

async function token(claims: Record<string, unknown> = {}, options?: Parameters<LocalIssuer['sign']>[1]) {
  await member();
  return desk.issuer.sign({ sub: SUBJECT, aud: AUDIENCE, ...claims }, options);
}

async function assertion(claims: Record<string, unknown> = {}) {
  await member();
  return access.sign({ sub: SUBJECT, aud: ['aud-tag'], type: 'app', email: 'x@desk.test', ...claims });
}

const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function expectRefused(bad: string, reason?: string): Promise<void> {
  const answer = await desk.call('GET', '/tickets', { token: bad });
  expect(answer.status).toBe(401);
  expect(answer.body.reason).toBe(reason);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="mallard", error="invalid_token"');
}

test('a linked member comes in with a token, in one round trip for a read', async () => {
  const good = await token();
  expect((await desk.call('GET', '/tickets', { token: good })).status).toBe(200);
  const again = await desk.call('GET', '/tickets', { token: good });
  expect(again.status).toBe(200);
  expect(again.trips).toBe(1);
});

test('a change by a person takes two round trips and names the person as its actor', async () => {
  const { id, name } = await member();
  const answer = await desk.call('POST', '/tickets', {
    token: await token(),
    body: { subject: 'A', body: 'B', requester: { email: 'ada@customer.example' } },
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.trips).toBe(2);
  const [row] = await desk.db.query(
    `select actor_kind, actor_label, to_typeid('prin', actor_id) as actor from events where to_typeid('tkt', entity_id) = $1 limit 1`,
    [answer.body.id],
  );
  expect(row).toEqual({ actor_kind: 'user', actor_label: name, actor: id });
});

test.each([
  ['another audience', { aud: 'elsewhere' }],
  ['no audience', { aud: null }],
  ['MCP as its audience', { aud: [AUDIENCE, `${PUBLIC_ORIGIN}/mcp`] }],
  ['a past end', { exp: seconds(-31) }],
  ['a future time of issue', { iat: seconds(300) }],
  ['a time of issue beyond the age that is allowed', { iat: seconds(-86_431), exp: seconds(60) }],
  ['a time before which it does not count', { nbf: seconds(300) }],
  ['a subject that the issuer never named', { sub: 'somebody' }],
])('a token with %s is refused', async (_what, claims) => {
  await expectRefused(await token(claims), 'sub' in claims ? 'not_a_member' : undefined);
});

test('thirty seconds of difference between clocks are forgiven', async () => {
  const late = await token({ iat: seconds(20), nbf: seconds(20), exp: seconds(3600) });
  expect((await desk.call('GET', '/tickets', { token: late })).status).toBe(200);
});

test('what no issuer could have signed is refused without a question to the database', async () => {
  const [, payload = ''] = (await token()).split('.');
  const pem = await exportSPKI(
    (await importJWK(desk.issuer.key.publicKey, 'ES256', { extractable: true })) as CryptoKey,
  );
  const hs256 = `${encoded({ alg: 'HS256', kid: desk.issuer.key.kid })}.${payload}`;
  const bad = {
    'alg none': `${encoded({ alg: 'none' })}.${payload}.`,
    'alg none with a signature': `${encoded({ alg: 'none' })}.${payload}.c2lnbmF0dXJl`,
    'HS256 with the public key as secret': `${hs256}.${createHmac('sha256', pem).update(hs256).digest('base64url')}`,
    'no exp': await token({ exp: null }),
    'no sub': await token({ sub: null }),
    'no iat': await token({ iat: null }),
    '9 KB': await token({ padding: 'x'.repeat(9 * 1024) }),
    'a NUL': await token({ name: 'a\0b' }),
    garbage: 'eyJ.eyJ.eyJ',
    'two values': `${await token()}, ${await token()}`,
  };
  for (const [what, sent] of Object.entries(bad)) {
    const answer = await desk.call('GET', '/tickets', { token: sent });
    expect([what, answer.status, answer.trips]).toEqual([what, 401, 0]);
  }
});

test('a key of somebody else under the same kid is refused', async () => {
  const foreign = await startLocalIssuer();
  others.push(foreign);
  const key = { ...foreign.key, kid: desk.issuer.key.kid };
  await expectRefused(await token({}, { key }));
});

test('an issuer that nobody trusts is refused, whatever it signs', async () => {
  const foreign = await startLocalIssuer();
  others.push(foreign);
  await expectRefused(await foreign.sign({ sub: SUBJECT, aud: AUDIENCE }));
  expect(foreign.keyRequests).toBe(0);
});

test('the headers jku, x5u and jwk are not looked at', async () => {
  const foreign = await startLocalIssuer();
  others.push(foreign);
  const jwk = foreign.key.publicKey;
  const header = { jku: foreign.jwksUrl, x5u: foreign.jwksUrl, jwk, kid: desk.issuer.key.kid };
  await expectRefused(await token({}, { key: foreign.key, header }));
  expect(foreign.keyRequests).toBe(0);
});

test('an algorithm that the issuer may not use is refused, though its key is published', async () => {
  const rsa = await startLocalIssuer({ algorithm: 'PS256' });
  others.push(rsa);
  const id = await desk.trust(rsa);
  await desk.link(await desk.world.member({ role: 'agent' }), SUBJECT, id);
  await expectRefused(await rsa.sign({ sub: SUBJECT, aud: AUDIENCE }));
  await desk.change(id, { algorithms: ['PS256'] });
  expect((await desk.call('GET', '/tickets', { token: await rsa.sign({ sub: SUBJECT, aud: AUDIENCE }) })).status).toBe(
    200,
  );
});

test('changing the audiences of an issuer, or disabling it, acts on the next request', async () => {
  const issuer = await startLocalIssuer();
  others.push(issuer);
  const id = await desk.trust(issuer);
  await desk.link(await desk.world.member({ role: 'agent' }), SUBJECT, id);
  const good = await issuer.sign({ sub: SUBJECT, aud: AUDIENCE });
  expect((await desk.call('GET', '/tickets', { token: good })).status).toBe(200);
  await desk.change(id, { audiences: ['another'] });
  await expectRefused(good);
  await desk.change(id, { audiences: [AUDIENCE] });
  expect((await desk.call('GET', '/tickets', { token: good })).status).toBe(200);
  await desk.change(id, { disabled_at: new Date() });
  await expectRefused(good);
});

test('a suspended, removed or signed-out member is told so, a customer is no member', async () => {
  const somebody = await desk.world.member({ role: 'agent' });
  const theirs = await desk.tokenOf(somebody);
  const set = (columns: string) =>
    desk.db.query(`update principal set ${columns} where to_typeid('prin', id) = $1`, [somebody.id]);
  await set(`member_state = 'suspended'`);
  await expectRefused(theirs, 'member_inactive');
  await set(`member_state = 'removed', member_ended_at = now()`);
  await expectRefused(theirs, 'member_inactive');
  await set(`member_state = 'active', member_ended_at = null, tokens_valid_after = now() + interval '1 minute'`);
  await expectRefused(theirs, 'token_revoked');
  await set(`member_state = null, tokens_valid_after = null`);
  await expectRefused(theirs, 'not_a_member');
});

test('with a scope claim a token does what it names and its person may, and nothing without it', async () => {
  const issuer = await startLocalIssuer();
  others.push(issuer);
  const id = await desk.trust(issuer, { scopeClaim: ['https://acme.example/scopes', 'desk'] });
  await desk.link(await desk.world.member({ role: 'agent' }), SUBJECT, id);
  const told = async (desks: unknown): Promise<unknown[]> => {
    const claims = desks === undefined ? {} : { 'https://acme.example/scopes': { desk: desks } };
    const made = await issuer.sign({ sub: SUBJECT, aud: AUDIENCE, ...claims });
    const { status, body } = await desk.call('GET', '/tickets', { token: made });
    return status === 200 ? [status] : [status, body.reason];
  };
  expect(await told(['ticket.view_team'])).toEqual([200]);
  expect(await told('org.view ticket.view_team')).toEqual([200]);
  expect(await told(['org.view'])).toEqual([403, 'key_scope']);
  expect(await told(['sla.manage', 'admin.manage_users'])).toEqual([403, 'key_scope']);
  expect(await told([])).toEqual([403, 'key_scope']);
  expect(await told(undefined)).toEqual([403, 'key_scope']);

  const explained = async (permission: string) => {
    const made = await issuer.sign({
      sub: SUBJECT,
      aud: AUDIENCE,
      'https://acme.example/scopes': { desk: 'org.view' },
    });
    const { body } = await desk.call('POST', '/access/explain', { token: made, body: { permission } });
    return [body.allowed, (body.missing as { reason: string }[]).map(({ reason }) => reason)];
  };
  expect(await explained('org.view')).toEqual([true, []]);
  expect(await explained('ticket.reply_public')).toEqual([false, ['key_scope']]);
  expect(await explained('admin.manage_users')).toEqual([false, ['no_grant', 'key_scope']]);
});

test('an assertion of Cloudflare Access counts from its header, of people, and from its kind of issuer alone', async () => {
  const asserted = (value: string) => desk.call('GET', '/tickets', { headers: { 'cf-access-jwt-assertion': value } });
  expect((await asserted(await assertion())).status).toBe(200);
  expect((await asserted(await assertion({ type: 'org' }))).status).toBe(401);
  expect((await asserted(await assertion({ type: null }))).status).toBe(401);
  expect((await asserted(await token())).status).toBe(401);
  const cookie = await desk.call('GET', '/tickets', { headers: { cookie: `CF_Authorization=${await assertion()}` } });
  expect(cookie.status).toBe(401);
  expect(cookie.headers.get('www-authenticate')).toBe('Bearer realm="mallard"');
});

test('neither of two credentials rescues the other', async () => {
  const headers = { 'cf-access-jwt-assertion': await assertion() };
  expect((await desk.call('GET', '/tickets', { token: 'mk_wrong', headers })).status).toBe(401);
  expect((await desk.call('GET', '/tickets', { headers: { ...headers, authorization: 'Basic YTpi' } })).status).toBe(
    401,
  );
  const other = { 'cf-access-jwt-assertion': 'wrong' };
  expect((await desk.call('GET', '/tickets', { token: await token(), headers: other })).status).toBe(200);
});

test('a change with an assertion alone has to come from a page of ours or a trusted one', async () => {
  await desk.db.query(`update settings set trusted_origins = '{https://ops.desk.test}'`);
  const body = { subject: 'A', body: 'B', requester: { email: 'ada@customer.example' } };
  const from = async (origin: string | undefined) => {
    const headers = { 'cf-access-jwt-assertion': await assertion(), ...(origin === undefined ? {} : { origin }) };
    const { status, body: answer } = await desk.call('POST', '/tickets', { headers, body });
    return [status, answer.reason];
  };
  expect(await from('https://evil.example')).toEqual([403, 'cross_site']);
  expect(await from('null')).toEqual([403, 'cross_site']);
  expect(await from(undefined)).toEqual([403, 'cross_site']);
  expect(await from(PUBLIC_ORIGIN)).toEqual([201, undefined]);
  expect(await from('https://ops.desk.test')).toEqual([201, undefined]);
  const bearer = { token: await token(), headers: { origin: 'https://evil.example' }, body };
  expect((await desk.call('POST', '/tickets', bearer)).status).toBe(201);
});

test('tokens with ever new kids cause one question to the issuer', async () => {
  const issuer = await startLocalIssuer();
  others.push(issuer);
  await desk.trust(issuer);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tokens = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      issuer.sign({ sub: SUBJECT, aud: AUDIENCE }, { key: { ...issuer.key, kid: `random-${i}`, privateKey } as never }),
    ),
  );
  const answers = await Promise.all(tokens.map((each) => desk.call('GET', '/tickets', { token: each })));
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([401]);
  expect(issuer.keyRequests).toBe(1);
});

test('an outage of the issuer is not seen with warm keys, and is 503 with cold ones, never 401', async () => {
  const warm = await token();
  expect((await desk.call('GET', '/tickets', { token: warm })).status).toBe(200);
  desk.issuer.behave({ status: 500 });
  expect((await desk.call('GET', '/tickets', { token: warm })).status).toBe(200);

  for (const how of [{ status: 500 }, { status: 302, location: `${desk.issuer.issuer}/jwks` }]) {
    const cold = await startLocalIssuer();
    others.push(cold);
    await desk.link(await desk.world.member({ role: 'agent' }), SUBJECT, await desk.trust(cold));
    cold.behave(how);
    const answer = await desk.call('GET', '/tickets', { token: await cold.sign({ sub: SUBJECT, aud: AUDIENCE }) });
    expect([answer.status, answer.body.reason]).toEqual([503, 'issuer_unreachable']);
    expect(answer.headers.get('retry-after')).toBe('5');
  }
});
