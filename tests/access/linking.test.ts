import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalIssuer, startLocalIssuer } from '#local/issuer.ts';
import type { Id } from '#schema/ids.ts';
import { AUDIENCE, openPeopleDesk, type PeopleDesk } from '#tests/support/people.ts';

let desk: PeopleDesk;
const issuers: LocalIssuer[] = [];

beforeAll(async () => {
  desk = await openPeopleDesk();
});
afterAll(async () => {
  for (const issuer of issuers) await issuer.stop();
  await desk.close();
});

/** An issuer of its own, so that no test meets what another was told. */
async function speaker(fields: Parameters<PeopleDesk['trust']>[1] = {}) {
  const issuer = await startLocalIssuer();
  issuers.push(issuer);
  const id = await desk.trust(issuer, { provision: 'link', emailDomains: ['desk.test'], ...fields });
  const token = (claims: Record<string, unknown>) => issuer.sign({ aud: AUDIENCE, email_verified: true, ...claims });
  return { id, token };
}

const read = (token: string) => desk.call('GET', '/tickets', { token });
const refusal = async (token: string): Promise<unknown> => {
  const { status, body } = await read(token);
  return status === 401 ? body.reason : status;
};

async function roleId(key: string): Promise<Id<'role'>> {
  const [row] = await desk.db.query<{ id: Id<'role'> }>(
    `select to_typeid('role', id) as id from roles where key = $1`,
    [key],
  );
  return row?.id as Id<'role'>;
}

/** The live grants and the memberships of whoever has this address. */
async function heldBy(email: string) {
  const grants = await desk.db.query<{ key: string; source: string }>(
    `select r.key, g.source from principal_role_assignments g join roles r on r.id = g.role_id join principal p on p.id = g.principal_id
     join "user" u on u.id = p.user_id where u.email = $1 and g.revoked_at is null order by 1, 2`,
    [email],
  );
  const teams = await desk.db.query<{ slug: string; role: string; source: string }>(
    `select t.slug, m.role, m.source from team_memberships m join teams t on t.id = m.team_id join principal p on p.id = m.principal_id
     join "user" u on u.id = p.user_id where u.email = $1 order by 1`,
    [email],
  );
  return {
    grants: grants.map(({ key, source }) => `${key} ${source}`),
    teams: teams.map(({ slug, role, source }) => `${slug} ${role} ${source}`),
  };
}

const audits = async (action: string, issuerId: Id<'iss'>): Promise<number> => {
  const rows = await desk.db.query(`select from audit_events where action = $1 and changes -> 'issuerId' ->> 1 = $2`, [
    action,
    issuerId,
  ]);
  return rows.length;
};

test('a member is linked by a proved address at first sight, for two more trips, once', async () => {
  const { id, token } = await speaker();
  const member = await desk.world.member({ role: 'agent' });
  const theirs = await token({ sub: 'a', email: member.email.toUpperCase() });
  const first = await read(theirs);
  expect([first.status, first.trips]).toEqual([200, 3]);
  const second = await read(theirs);
  expect([second.status, second.trips]).toEqual([200, 1]);
  expect(await audits('identity.linked', id)).toBe(1);
});

test.each<[string, Record<string, unknown>]>([
  ['an address of a foreign domain', { email: 'ada@elsewhere.test' }],
  ['an address of a subdomain', { email: 'ada@sub.desk.test' }],
  ['an address that is not verified', { email_verified: false }],
  ['an address verified only in words', { email_verified: 'true' }],
  ['no address', { email: null }],
  ['an address of nobody', { email: 'nobody@desk.test' }],
])('a token with %s links nobody', async (_what, claims) => {
  const { token } = await speaker();
  const member = await desk.world.member({ role: 'agent' });
  if (String(claims.email).startsWith('ada')) {
    await desk.db.query(`update "user" set email = $1 where to_typeid('user', id) = $2`, [claims.email, member.userId]);
  }
  expect(await refusal(await token({ sub: 'a', email: member.email, ...claims }))).toBe('not_a_member');
});

test('a row whose address is not verified is not linked', async () => {
  const { token } = await speaker();
  const member = await desk.world.member({ role: 'agent' });
  await desk.db.query(`update "user" set email_verified = false where to_typeid('user', id) = $1`, [member.userId]);
  expect(await refusal(await token({ sub: 'a', email: member.email }))).toBe('not_a_member');
});

test('an issuer that may not provision links nobody', async () => {
  const { token } = await speaker({ provision: 'off' });
  const member = await desk.world.member({ role: 'agent' });
  expect(await refusal(await token({ sub: 'a', email: member.email }))).toBe('not_a_member');
});

test.each(['off', 'link', 'create'] as const)(
  'a token alone brings no removed or suspended member back, under %s',
  async (provision) => {
    const { id, token } = await speaker({ provision });
    await desk.rules(id, [{ claim: ['groups'], equals: 'staff', roleId: await roleId('agent') }]);
    for (const state of [`'removed', member_ended_at = now()`, `'suspended'`]) {
      const member = await desk.world.member();
      await desk.db.query(`update principal set member_state = ${state} where to_typeid('prin', id) = $1`, [member.id]);
      const answer = await read(await token({ sub: member.id, email: member.email, groups: ['staff'] }));
      expect(answer.status).toBe(401);
      expect(await heldBy(member.email)).toEqual({ grants: [], teams: [] });
    }
  },
);

test('where the issuer may create, a rule takes somebody new in, with what all matching rules give', async () => {
  const { id, token } = await speaker({ provision: 'create' });
  await desk.rules(id, [
    { claim: ['https://acme.example/groups'], equals: 'staff', roleId: await roleId('agent') },
    { claim: ['realm', 'roles'], equals: 'reader', roleId: await roleId('collaborator') },
    { claim: ['department'], equals: 'Support', joinTeamId: desk.world.teams.support, joinAs: 'member' },
    { claim: ['department'], equals: 'Support', joinTeamId: desk.world.teams.support, joinAs: 'lead' },
    { claim: ['level'], equals: '3', joinTeamId: desk.world.teams.billing, joinAs: 'member' },
    { claim: ['department'], equals: 'support', joinTeamId: desk.world.teams.billing, joinAs: 'member' },
  ]);
  const claims = {
    email: 'new-1@desk.test',
    name: 'Noor  Haddad',
    'https://acme.example/groups': ['staff', 'x'],
    realm: { roles: 'reader' },
    department: 'Support',
    level: 3,
  };
  expect(await refusal(await token({ sub: 'none', email: 'new-0@desk.test' }))).toBe('not_a_member');
  const first = await read(await token({ sub: 'one', ...claims }));
  expect([first.status, first.trips]).toEqual([200, 3]);
  expect(await heldBy('new-1@desk.test')).toEqual({
    grants: ['agent issuer', 'collaborator issuer'],
    teams: ['support lead issuer'],
  });
  const events = await desk.db.query<{ type: string }>(
    `select e.type from events e join principal p on p.id = e.entity_id where p.display_name = 'Noor Haddad' order by e.entity_seq`,
  );
  expect(events.map(({ type }) => type)).toEqual([
    'member.added',
    'role_assignment.created',
    'role_assignment.created',
    'team_membership.added',
  ]);
});

test('a customer with the address becomes the member; one who never proved it gives it up', async () => {
  const { id, token } = await speaker({ provision: 'create' });
  await desk.rules(id, [{ claim: ['groups'], equals: 'staff', roleId: await roleId('agent') }]);
  const customer = async (verified: boolean) => {
    const made = await desk.world.member();
    await desk.db.query(
      `update principal set member_state = null, member_since = null where to_typeid('prin', id) = $1`,
      [made.id],
    );
    await desk.db.query(`update "user" set email_verified = $2 where to_typeid('user', id) = $1`, [
      made.userId,
      verified,
    ]);
    return made;
  };
  const holder = async (email: string) => {
    const [row] = await desk.db.query<{ id: string }>(
      `select to_typeid('user', id) as id from "user" where email = $1`,
      [email],
    );
    return row?.id;
  };
  const proved = await customer(true);
  expect((await read(await token({ sub: 'a', email: proved.email, groups: ['staff'] }))).status).toBe(200);
  expect(await holder(proved.email)).toBe(proved.userId);

  const claimed = await customer(false);
  expect((await read(await token({ sub: 'b', email: claimed.email, groups: ['staff'] }))).status).toBe(200);
  expect(await holder(claimed.email)).not.toBe(claimed.userId);
  expect((await heldBy(claimed.email)).grants).toEqual(['agent issuer']);
});

test('first requests at once make one account and one member', async () => {
  const { id, token } = await speaker({ provision: 'create' });
  await desk.rules(id, [{ claim: ['groups'], equals: 'staff', roleId: await roleId('agent') }]);
  const theirs = await token({ sub: 'twin', email: 'twin@desk.test', groups: ['staff'] });
  const answers = await Promise.all(Array.from({ length: 5 }, () => read(theirs)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await desk.db.query(`select from account where to_typeid('iss', issuer_id) = $1`, [id])).toHaveLength(1);
  expect(await desk.db.query(`select from "user" where email = 'twin@desk.test'`)).toHaveLength(1);
  expect((await heldBy('twin@desk.test')).grants).toEqual(['agent issuer']);
});

test('with `always`, newer claims end what the issuer gave and nothing else; an older token changes nothing', async () => {
  const { id, token } = await speaker({ sync: 'always' });
  const { support, billing } = desk.world.teams;
  await desk.rules(id, [
    { claim: ['groups'], equals: 'agents', roleId: await roleId('agent') },
    { claim: ['groups'], equals: 'leads', roleId: await roleId('supervisor') },
    { claim: ['groups'], equals: 'support', joinTeamId: support, joinAs: 'member' },
    { claim: ['groups'], equals: 'billing', joinTeamId: billing, joinAs: 'lead' },
  ]);
  const member = await desk.world.member({ role: 'agent', teams: [support] });
  const at = (secondsAgo: number, groups: string[]) =>
    token({ sub: 's', email: member.email, groups, iat: Math.floor(Date.now() / 1000) - secondsAgo });
  const [older, newer] = [await at(100, ['agents', 'leads', 'support', 'billing']), await at(50, [])];

  expect((await read(older)).trips).toBe(3);
  const all = {
    grants: ['agent manual', 'supervisor issuer'],
    teams: ['billing lead issuer', 'support member manual'],
  };
  expect(await heldBy(member.email)).toEqual(all);
  expect((await read(older)).trips).toBe(1);

  expect((await read(newer)).trips).toBe(3);
  const rest = { grants: ['agent manual'], teams: ['support member manual'] };
  expect(await heldBy(member.email)).toEqual(rest);
  const [ended] = await desk.db.query(
    `select g.revoke_reason from principal_role_assignments g where g.source = 'issuer' and to_typeid('prin', g.principal_id) = $1`,
    [member.id],
  );
  expect(ended).toEqual({ revoke_reason: 'issuer_sync' });

  const late = await read(older);
  expect([late.status, late.trips]).toEqual([200, 1]);
  expect(await heldBy(member.email)).toEqual(rest);

  expect((await read(await at(0, ['leads', 'something else']))).trips).toBe(3);
  expect((await heldBy(member.email)).grants).toEqual(['agent manual', 'supervisor issuer']);
  expect((await read(await at(0, ['yet another', 'leads']))).trips).toBe(1);
});

test('new rules count for present members at their next request', async () => {
  const { id, token } = await speaker({ sync: 'always' });
  const member = await desk.world.member({ role: 'agent' });
  const theirs = await token({ sub: 's', email: member.email, groups: ['leads'] });
  expect((await read(theirs)).status).toBe(200);
  await desk.rules(id, [{ claim: ['groups'], equals: 'leads', roleId: await roleId('supervisor') }]);
  expect((await read(theirs)).trips).toBe(3);
  expect((await heldBy(member.email)).grants).toEqual(['agent manual', 'supervisor issuer']);
});

test('with `first`, rules count when a person is first seen and never again', async () => {
  const { id, token } = await speaker({ sync: 'first' });
  await desk.rules(id, [
    { claim: ['groups'], equals: 'leads', roleId: await roleId('supervisor') },
    { claim: ['groups'], equals: 'readers', roleId: await roleId('collaborator') },
  ]);
  const member = await desk.world.member({ role: 'agent' });
  await read(await token({ sub: 's', email: member.email, groups: ['leads'] }));
  const seen = ['agent manual', 'supervisor issuer'];
  expect((await heldBy(member.email)).grants).toEqual(seen);
  const changed = await token({ sub: 's', email: member.email, groups: ['readers'] });
  expect((await read(changed)).trips).toBe(3);
  expect((await read(changed)).trips).toBe(1);
  expect((await heldBy(member.email)).grants).toEqual(seen);
});

test('an expired twin makes room for what the issuer gives', async () => {
  const { id, token } = await speaker({ sync: 'always' });
  await desk.rules(id, [{ claim: ['groups'], equals: 'agents', roleId: await roleId('agent') }]);
  const member = await desk.world.member({ role: 'agent' });
  await desk.db.query(
    `update principal_role_assignments set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where to_typeid('prin', principal_id) = $1`,
    [member.id],
  );
  expect((await read(await token({ sub: 's', email: member.email, groups: ['agents'] }))).status).toBe(200);
  expect((await heldBy(member.email)).grants).toEqual(['agent issuer']);
});

test('a change whose person is removed between load and commit is not written', async () => {
  const member = await desk.world.member({ role: 'agent' });
  const theirs = await desk.tokenOf(member);
  await read(theirs);
  let trips = 0;
  desk.worker.proxy.setHook(async () => {
    trips += 1;
    if (trips === 2)
      await desk.db.query(`update principal set member_state = 'suspended' where to_typeid('prin', id) = $1`, [
        member.id,
      ]);
    return 'pass' as const;
  });
  const body = { subject: 'Too late', body: 'B', requester: { email: 'ada@customer.example' } };
  const answer = await desk.call('POST', '/tickets', { token: theirs, body });
  desk.worker.proxy.setHook(undefined);
  expect([answer.status, answer.body.reason]).toEqual([401, 'member_inactive']);
  expect(await desk.db.query(`select from tickets where subject = 'Too late'`)).toHaveLength(0);
});
