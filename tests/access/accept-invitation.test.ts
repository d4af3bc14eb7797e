import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InvitingDesk, openInvitingDesk, refusal } from '#tests/support/invitations.ts';
import { AUDIENCE } from '#tests/support/people.ts';

let desk: InvitingDesk;
beforeAll(async () => {
  desk = await openInvitingDesk();
});
afterAll(() => desk.close());

test('an invited person joins with what was promised, by the token of an issuer and the one of the invitation', async () => {
  const { support } = desk.world.teams;
  const roleId = await desk.roleNamed('agent');
  const { email, answer, link, id } = await desk.invite({ name: 'Noor', roleId, roleDays: 30, teamIds: [support] });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.trips).toBe(2);
  const token = await desk.proof(email);
  expect(refusal(await desk.call('GET', '/tickets', { token }))).toBe('401 not_a_member');
  const joined = await desk.accept(link, token);
  expect(joined.status, JSON.stringify(joined.body)).toBe(200);
  expect(joined.trips).toBe(2);
  expect(joined.body).toMatchObject({
    displayName: 'Noor',
    email,
    state: 'active',
    teams: [{ teamId: support, role: 'member' }],
    grants: [{ roleId, roleKey: 'agent', scope: { kind: 'workspace' } }],
  });
  const [grant] = joined.body.grants as { expiresAt: string }[];
  expect(Date.parse(grant?.expiresAt ?? '') - Date.now()).toBeCloseTo(30 * 86_400_000, -5);
  const read = await desk.call('GET', '/tickets', { token });
  expect([read.status, read.trips]).toEqual([200, 1]);
  expect(refusal(await desk.accept(link, token))).toBe('409 invitation_used');
  const listed = await desk.asOwner('GET', '/invitations?state=accepted');
  expect(listed.body.data).toContainEqual(expect.objectContaining({ id, acceptedBy: joined.body.id }));
  const events = await desk.db.query<{ type: string }>(
    `select type from events where to_typeid('prin', entity_id) = $1 or to_typeid('inv', entity_id) = $2 order by seq`,
    [joined.body.id, id],
  );
  expect(events.map(({ type }) => type)).toEqual([
    'invitation.created',
    'invitation.accepted',
    'member.added',
    'role_assignment.created',
    'team_membership.added',
  ]);
});

test('the invited address has to be proved by the token', async () => {
  const { email, link } = await desk.invite();
  expect(refusal(await desk.accept(link, await desk.proof(desk.somebody())))).toBe('409 invitation_mismatch');
  expect(refusal(await desk.accept(link, await desk.proof(email, { email_verified: false })))).toBe(
    '409 invitation_mismatch',
  );
  expect(refusal(await desk.accept(link, await desk.proof(email, { email_verified: 'true' })))).toBe(
    '409 invitation_mismatch',
  );
  expect(refusal(await desk.accept(link, await desk.proof(email, { aud: 'else' })))).toBe('401 ');
  const { token: key } = await desk.world.keyFor(['admin.manage_users']);
  expect(refusal(await desk.accept(link, key))).toBe('401 ');
  expect((await desk.accept(link, await desk.proof(email.toUpperCase()))).status).toBe(200);
});

test('an invitation that is over, withdrawn or unknown makes no member', async () => {
  const over = await desk.invite();
  await desk.expire(over.id);
  expect(refusal(await desk.accept(over.link, await desk.proof(over.email)))).toBe('409 invitation_expired');
  const withdrawn = await desk.invite();
  expect((await desk.asOwner('DELETE', `/invitations/${withdrawn.id}`)).status).toBe(204);
  expect((await desk.asOwner('DELETE', `/invitations/${withdrawn.id}`)).status).toBe(204);
  expect(refusal(await desk.accept(withdrawn.link, await desk.proof(withdrawn.email)))).toBe('409 invitation_expired');
  const open = await desk.invite();
  const wrong = open.link.slice(0, -1) + (open.link.endsWith('a') ? 'b' : 'a');
  expect(refusal(await desk.accept(wrong, await desk.proof(open.email)))).toBe('404 ');
  expect(refusal(await desk.accept('minv_x', await desk.proof(open.email)))).toBe('404 ');
  expect(
    await desk.db.query(`select from "user" where email = any ($1)`, [[over.email, withdrawn.email, open.email]]),
  ).toEqual([]);
});

test('accepted twice at once it makes one member', async () => {
  const { email, link } = await desk.invite({ roleId: await desk.roleNamed('agent') });
  const token = await desk.proof(email);
  const answers = await Promise.all([desk.accept(link, token), desk.accept(link, token), desk.accept(link, token)]);
  expect(answers.map(refusal).toSorted()).toEqual(['200 ', '409 invitation_used', '409 invitation_used']);
  expect(await desk.db.query(`select from "user" where email = $1`, [email])).toHaveLength(1);
});

test('what an inviter no longer holds is not given, and nothing by one who is gone', async () => {
  const agent = await desk.roleNamed('agent');
  const { member, token } = await desk.manager('admin.manage_roles');
  await desk.db.query(
    `insert into principal_role_assignments (principal_id, role_id) select p.id, r.id from principal p, roles r where to_typeid('prin', p.id) = $1 and r.key = 'agent'`,
    [member.id],
  );
  const [first, second, third] = [
    await desk.invite({ roleId: agent }, token),
    await desk.invite({ roleId: agent }, token),
    await desk.invite({}, token),
  ];
  expect(first.answer.status, JSON.stringify(first.answer.body)).toBe(201);
  expect((await desk.accept(first.link, await desk.proof(first.email))).status).toBe(200);
  await desk.db.query(
    `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where to_typeid('prin', principal_id) = $1 and role_id = (select id from roles where key = 'agent')`,
    [member.id],
  );
  expect(refusal(await desk.accept(second.link, await desk.proof(second.email)))).toBe('409 inviter_lost_authority');
  await desk.db.query(`update principal set member_state = 'suspended' where to_typeid('prin', id) = $1`, [member.id]);
  expect(refusal(await desk.accept(third.link, await desk.proof(third.email)))).toBe('409 inviter_lost_authority');
});

test('an inviter demoted while the invitation is being accepted gives nothing', async () => {
  const { member, token } = await desk.manager();
  const { email, link } = await desk.invite({}, token);
  const theirs = await desk.proof(email);
  let trips = 0;
  desk.worker.proxy.setHook(async () => {
    trips += 1;
    if (trips === 2)
      await desk.db.query(
        `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where to_typeid('prin', principal_id) = $1`,
        [member.id],
      );
    return 'pass' as const;
  });
  const answer = await desk.accept(link, theirs);
  desk.worker.proxy.setHook(undefined);
  expect(refusal(answer)).toBe('409 inviter_lost_authority');
  expect(await desk.db.query(`select from "user" where email = $1`, [email])).toEqual([]);
});

test('a removed person comes back with the new grants only, and with a newer token only', async () => {
  const former = await desk.world.member({ role: 'supervisor', teams: [desk.world.teams.billing] });
  const before = await desk.tokenOf(former);
  expect((await desk.call('GET', '/tickets', { token: before })).status).toBe(200);
  expect((await desk.asOwner('DELETE', `/members/${former.id}`)).status).toBe(200);
  const { answer, link } = await desk.invite({ email: former.email, roleId: await desk.roleNamed('collaborator') });
  expect(answer.status).toBe(201);
  const token = () =>
    desk.issuer.sign({
      sub: `subject of ${former.name}`,
      aud: AUDIENCE,
      email: former.email,
      email_verified: true,
      iat: Math.floor(Date.now() / 1000) + 2,
    });
  expect(refusal(await desk.call('GET', '/tickets', { token: await token() }))).toBe('401 member_inactive');
  expect(refusal(await desk.accept(link, before))).toBe('401 token_revoked');
  const joined = await desk.accept(link, await token());
  expect(joined.status, JSON.stringify(joined.body)).toBe(200);
  expect(joined.body).toMatchObject({ id: former.id, teams: [], memberEndedAt: null });
  expect((joined.body.grants as { roleKey: string }[]).map(({ roleKey }) => roleKey)).toEqual(['collaborator']);
  const live = await desk.db.query(
    `select r.key from principal_role_assignments g join roles r on r.id = g.role_id where to_typeid('prin', g.principal_id) = $1 and g.revoked_at is null`,
    [former.id],
  );
  expect(live).toEqual([{ key: 'collaborator' }]);
});

test.each(['off', 'link', 'create'] as const)(
  'an issuer that knows a removed person and maps their claims brings them nothing back, under %s',
  async (provision) => {
    const former = await desk.world.member({ role: 'agent' });
    const token = () =>
      desk.issuer.sign({
        sub: `subject of ${former.name}`,
        aud: AUDIENCE,
        email: former.email,
        email_verified: true,
        groups: ['staff'],
        iat: Math.floor(Date.now() / 1000) + 2,
      });
    await desk.tokenOf(former);
    await desk.change(desk.issuerId, { provision, sync: 'always', email_domains: '{desk.test}' });
    await desk.rules(desk.issuerId, [
      { claim: ['groups'], equals: 'staff', roleId: await desk.roleNamed('supervisor') },
      { claim: ['groups'], equals: 'staff', joinTeamId: desk.world.teams.support, joinAs: 'member' },
    ]);
    expect((await desk.call('GET', '/tickets', { token: await token() })).status).toBe(200);
    expect((await desk.asOwner('DELETE', `/members/${former.id}`)).status).toBe(200);
    await desk.db.query(
      "update account set claims_digest = null, claims_issued_at = null where to_typeid('user', user_id) = $1",
      [former.userId],
    );
    expect(refusal(await desk.call('GET', '/tickets', { token: await token() }))).toBe('401 member_inactive');
    const left = await desk.db.query(
      `select 1 from principal_role_assignments where to_typeid('prin', principal_id) = $1 and revoked_at is null
        union all select 1 from team_memberships where to_typeid('prin', principal_id) = $1`,
      [former.id],
    );
    expect(left).toEqual([]);
    await desk.rules(desk.issuerId, []);
    await desk.change(desk.issuerId, { provision: 'off', sync: 'first' });
  },
);

test('somebody who has the address without proof gives it up to whoever proves it', async () => {
  const { email, link } = await desk.invite();
  const [claimed] = await desk.db.query<{ id: string }>(
    `insert into "user" (email) values ($1) returning to_typeid('user', id) as id`,
    [email],
  );
  await desk.db.query(
    `insert into principal (type, user_id, display_name) select 'user', id, 'Claimed' from "user" where email = $1`,
    [email],
  );
  expect((await desk.accept(link, await desk.proof(email))).status).toBe(200);
  const [holder] = await desk.db.query<{ id: string }>(
    `select to_typeid('user', id) as id from "user" where email = $1`,
    [email],
  );
  expect(holder?.id).not.toBe(claimed?.id);
});
