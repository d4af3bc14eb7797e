import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import type { Permission } from '#services/access/permissions.ts';
import { type InvitingDesk, openInvitingDesk, refusal } from '#tests/support/invitations.ts';

let desk: InvitingDesk;
beforeAll(async () => {
  desk = await openInvitingDesk();
});
afterAll(() => desk.close());

test('the link is shown once, and no secret lies in the database, events or audit', async () => {
  const key = { 'idempotency-key': 'once' };
  const body = { email: desk.somebody(), deliver: 'link' };
  const first = await desk.asOwner('POST', '/invitations', { body, headers: key });
  const replay = await desk.asOwner('POST', '/invitations', { body, headers: key });
  expect(first.body.acceptUrl).toMatch(/^https:\/\/desk\.test\/invitations\/accept#minv_[0-9a-z]{26}_[0-9A-Za-z]{43}$/);
  expect(replay.body).toEqual({ ...first.body, acceptUrl: null });
  const secret = String(first.body.acceptUrl).slice(-43);
  for (const table of ['invitation', 'events', 'audit_events', 'idempotency_keys', 'email_messages']) {
    const rows = await desk.db.query<{ text: string }>(`select t::text as text from ${table} t`);
    expect(rows.filter(({ text }) => text.includes(secret))).toEqual([]);
  }
});

test('an invitation by mail is a queued row in the same commit; no token exists until it is sent', async () => {
  const { email, answer, id } = await desk.invite({ deliver: 'email' });
  expect(answer.body).toMatchObject({ acceptUrl: null, lastSentAt: null, state: 'pending' });
  const mails = () =>
    desk.db.query(
      `select direction, kind, state, to_address, recipient_kind from email_messages where to_typeid('inv', ref_id) = $1`,
      [id],
    );
  const mail = {
    direction: 'outbound',
    kind: 'invitation',
    state: 'queued',
    to_address: email,
    recipient_kind: 'agent',
  };
  expect(await mails()).toEqual([mail]);
  const [row] = await desk.db.query(`select token_hash from invitation where to_typeid('inv', id) = $1`, [id]);
  expect(row).toEqual({ token_hash: null });
  await desk.asOwner('POST', `/invitations/${id}/resend`, { body: {} });
  expect(await mails()).toEqual([mail, mail]);
});

test('nobody promises more than they hold, nor for longer', async () => {
  const [agent, supervisor, ownerRole] = [
    await desk.roleNamed('agent'),
    await desk.roleNamed('supervisor'),
    await desk.roleNamed('owner'),
  ];
  const plain = await desk.manager();
  expect(refusal((await desk.invite({ roleId: agent }, plain.token)).answer)).toBe('403 missing_permission');
  const grantor = await desk.manager('admin.manage_roles');
  expect(refusal((await desk.invite({ roleId: supervisor }, grantor.token)).answer)).toBe('403 exceeds_ceiling');
  const { token: key } = await desk.world.keyFor(
    (await desk.db.query<{ key: Permission }>(`select key from permissions where retired_at is null`)).map(
      (row) => row.key,
    ),
  );
  expect(refusal((await desk.invite({ roleId: ownerRole }, key)).answer)).toBe('403 person_required');
  const made = await desk.invite({ roleId: ownerRole });
  expect(made.answer.status).toBe(201);
  expect((await desk.accept(made.link, await desk.proof(made.email))).status).toBe(200);

  const until = await desk.manager('admin.manage_roles', 'org.view', 'ticket.view_shared', 'ticket.comment_internal');
  await desk.db.query(
    `update principal_role_assignments set expires_at = now() + interval '20 days' where to_typeid('prin', principal_id) = $1`,
    [until.member.id],
  );
  const collaborator = await desk.roleNamed('collaborator');
  const promise = (roleDays: number | undefined, expiresInDays: number) =>
    desk.invite({ roleId: collaborator, roleDays, expiresInDays }, until.token);
  expect(refusal((await promise(undefined, 7)).answer)).toBe('403 exceeds_ceiling');
  expect(refusal((await promise(14, 7)).answer)).toBe('403 exceeds_ceiling');
  expect((await promise(12, 7)).answer.status).toBe(201);
});

test('a member and an invited address are refused, an invitation that is over makes room', async () => {
  const member = await desk.world.member();
  expect(refusal((await desk.invite({ email: ` ${member.email.toUpperCase()}` })).answer)).toBe('409 already_member');
  await desk.db.query(`update principal set member_state = 'suspended' where to_typeid('prin', id) = $1`, [member.id]);
  expect(refusal((await desk.invite({ email: member.email })).answer)).toBe('409 already_member');
  const first = await desk.invite();
  const twin = await desk.invite({ email: first.email });
  expect([refusal(twin.answer), twin.answer.body.existingId]).toEqual(['409 already_invited', first.id]);
  const twins = await Promise.all(Array.from({ length: 3 }, () => desk.invite({ email: 'twins@elsewhere.test' })));
  expect(twins.map(({ answer }) => answer.status).toSorted()).toEqual([201, 409, 409]);
  await desk.expire(first.id);
  const second = await desk.invite({ email: first.email });
  expect(second.answer.status).toBe(201);
  const [earlier] = await desk.db.query(`select state from invitation where to_typeid('inv', id) = $1`, [first.id]);
  expect(earlier).toEqual({ state: 'revoked' });
});

test.each([
  ['no address', { email: 'nobody' }, '400 '],
  ['an unknown role', { roleId: 'role_01h455vb4pex5vsknk084sn02q' }, '422 unknown_reference'],
  ['an unknown team', { teamIds: ['team_01h455vb4pex5vsknk084sn02q'] }, '422 unknown_reference'],
  ['days without a role', { roleDays: 3 }, '400 '],
  ['too long a time', { expiresInDays: 31 }, '400 '],
  ['an unknown field', { admin: true }, '400 '],
])('an invitation with %s is refused', async (_what, fields, expected) => {
  expect(refusal((await desk.invite(fields)).answer)).toBe(expected);
});

test('sent again, the former link is void; a sixth time within a day is refused', async () => {
  const { email, link, id } = await desk.invite();
  const links = [link];
  for (let again = 0; again < 5; again += 1) {
    const sent = await desk.asOwner('POST', `/invitations/${id}/resend`, { body: { deliver: 'link' } });
    expect([sent.status, sent.trips]).toEqual([200, 2]);
    links.push(String(sent.body.acceptUrl).split('#')[1] ?? '');
  }
  const sixth = await desk.asOwner('POST', `/invitations/${id}/resend`, { body: { deliver: 'link' } });
  expect(refusal(sixth)).toBe('422 limit_reached');
  const token = await desk.proof(email);
  for (const old of links.slice(0, -1)) expect(refusal(await desk.accept(old, token))).toBe('404 ');
  expect((await desk.accept(links.at(-1) ?? '', token)).status).toBe(200);
  expect(refusal(await desk.asOwner('POST', `/invitations/${id}/resend`, { body: {} }))).toBe('409 invitation_used');
  expect(refusal(await desk.asOwner('DELETE', `/invitations/${id}`))).toBe('409 invitation_used');
});

test('who may not administrate people sees no invitation', async () => {
  const { id } = await desk.invite();
  const token = await desk.tokenOf(desk.world.agent);
  const limited = await desk.world.keyFor(['team.view'], { teamIds: [desk.world.teams.support] });
  for (const credential of [token, limited.token]) {
    expect((await desk.call('GET', '/invitations', { token: credential })).status).toBe(403);
    expect((await desk.call('POST', `/invitations/${id}/resend`, { token: credential, body: {} })).status).toBe(404);
    expect((await desk.call('DELETE', `/invitations/${id}`, { token: credential })).status).toBe(404);
  }
  const pages = await desk.asOwner('GET', '/invitations?limit=2');
  expect((pages.body.data as unknown[]).length).toBe(2);
  expect(pages.trips).toBe(1);
});

test('an invitation names as many teams as one member may have', async () => {
  const teams = await desk.db.query<{ id: string }>(
    `insert into teams (slug, name) select 'many-' || n, 'Many' from generate_series(1, 101) n returning to_typeid('team', id) as id`,
  );
  const teamIds = teams.map(({ id }) => id);
  expect(refusal((await desk.invite({ teamIds })).answer)).toBe('422 limit_reached');
  const { email, link } = await desk.invite({ teamIds: teamIds.slice(1) });
  expect((await desk.accept(link, await desk.proof(email))).body.teams).toHaveLength(100);
});

test('at most two hundred invitations are open, and five thousand people are members', async () => {
  const open = await desk.invite();
  await desk.db.query(
    `insert into invitation (email, expires_at, invited_by_principal_id)
      select 'filler-' || n || '@elsewhere.test', now() + interval '1 day', $1 from generate_series(1, 200) n`,
    [idToUuid(desk.world.owner.id)],
  );
  expect(refusal((await desk.invite()).answer)).toBe('422 limit_reached');
  await desk.db.query("update invitation set expires_at = now() - interval '1 day' where email like 'filler-%'");
  expect((await desk.invite()).answer.status).toBe(201);
  await desk.db.query(
    `with made as (insert into "user" (email) select 'filler-' || n || '@desk.test' from generate_series(1, 5000) n returning id)
      insert into principal (type, user_id, display_name, member_state, member_since) select 'user', id, 'Filler', 'active', now() from made`,
  );
  const token = await desk.proof(open.email);
  expect(refusal(await desk.accept(open.link, token))).toBe('422 limit_reached');
  await desk.db.query(
    "update principal set member_state = 'removed', member_ended_at = now() where display_name = 'Filler'",
  );
  expect((await desk.accept(open.link, token)).status).toBe(200);
});
