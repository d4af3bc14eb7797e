import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Permission } from '#services/access/permissions.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import type { KeyOptions, Place } from '#tests/support/world.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const SEES: readonly Permission[] = ['ticket.view_all', 'team.view'];

/** A key with these scopes; of the owner unless said. */
const narrow = async (scopes: readonly Permission[], options: KeyOptions = {}): Promise<Caller> =>
  desk.as((await desk.world.keyFor(scopes, options)).token);

/** A key that only sees, of a member who sees everything and may do one thing at one place. */
async function narrowOf(permission: Permission, at?: Place): Promise<Caller> {
  const creator = await desk.world.member();
  await desk.world.grant(creator, [...SEES]);
  await desk.world.grant(creator, [permission], at);
  return narrow(SEES, { creator });
}

const told = ({ status, body }: Answered) => [status, body?.reason ?? body?.code, body?.required?.[0]];

describe('a ticket created in a team is refused', () => {
  const create = (caller: Caller, more: object = {}) =>
    caller.post('/tickets', {
      subject: 'The export stops',
      body: 'At row 500.',
      primaryTeamId: desk.world.teams.support,
      ...more,
    });
  const refused = (reason: string) => [403, reason, 'ticket.create'];

  test('to a key of the owner without the scope: for its scopes', async () => {
    const answer = await create(await narrow(SEES));
    expect(told(answer)).toEqual(refused('key_scope'));
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="ticket.create"');
  });

  test('to a key with every scope of somebody who may not: for their permission', async () => {
    const { caller } = await desk.holder(SEES);
    expect(told(await create(caller))).toEqual(refused('missing_permission'));
  });

  test('to a key that is limited to another team: for its limit, unless it is inside and only the scope is missing', async () => {
    const { support, billing } = desk.world.teams;
    const limited = await desk.keyOf(desk.world.owner, { teamIds: [billing] });
    expect(told(await create(limited))).toEqual(refused('key_limit'));
    const both = await narrow(['ticket.view_all'], { teamIds: [billing] });
    expect(told(await create(both))).toEqual(refused('key_limit'));
    const inside = await narrow(['ticket.view_all'], { teamIds: [support] });
    expect(told(await create(inside))).toEqual(refused('key_scope'));
  });

  test('to a key whose creator may only in another team, or no longer: for their permission', async () => {
    const { support, billing } = desk.world.teams;
    expect(told(await create(await narrowOf('ticket.create', { teamId: billing })))).toEqual(
      refused('missing_permission'),
    );
    expect(told(await create(await narrowOf('ticket.create', { teamId: support })))).toEqual(refused('key_scope'));
    const closed = await desk.world.team();
    const late = await narrowOf('ticket.create', { teamId: closed });
    await desk.db.query("update teams set archived_at = now() where to_typeid('team', id) = $1", [closed]);
    expect(told(await create(late, { primaryTeamId: closed }))[1]).not.toBe('key_scope');
  });
});

test('every door tells a cut key from a person without the permission', async () => {
  const { support, billing } = desk.world.teams;
  const { id } = await desk.world.ticket({ primaryTeamId: support });
  const principalId = desk.world.agent.id;
  const doors: [Permission, Place | undefined, (caller: Caller) => Promise<Answered>][] = [
    ['ticket.edit_fields', { teamId: support }, (by) => by.patch(`/tickets/${id}`, { priority: 'high' })],
    ['ticket.reply_public', { teamId: support }, (by) => by.post(`/tickets/${id}/messages`, { body: 'Hello.' })],
    ['team.manage', { teamId: support }, (by) => by.patch(`/teams/${support}`, { description: 'Ours' })],
    [
      'macro.manage',
      { teamId: support },
      (by) => by.post('/macros', { name: 'Ours', audience: 'team', teamId: support }),
    ],
    ['view.manage', undefined, (by) => by.post('/views', { name: 'All', audience: 'everyone' })],
    ['admin.manage_roles', undefined, (by) => by.get('/roles')],
    ['admin.manage_users', undefined, (by) => by.get('/members?state=suspended')],
    ['admin.manage_users', undefined, (by) => by.post('/access/explain', { permission: 'org.view', principalId })],
  ];
  const { caller: whole } = await desk.holder(SEES);
  for (const [permission, at, ask] of doors) {
    const cut = await narrowOf(permission, at);
    expect(told(await ask(cut))).toEqual([403, 'key_scope', permission]);
    expect(told(await ask(whole))).toEqual([403, 'missing_permission', permission]);
    if (at === undefined) continue;
    const elsewhere = await narrowOf(permission, { teamId: billing });
    expect(told(await ask(elsewhere))).toEqual([403, 'missing_permission', permission]);
  }
});

test('a list of tickets is refused to a key without a scope of sight, by what its creator has of it', async () => {
  expect(told(await (await narrow(['org.view'])).get('/tickets'))).toEqual([403, 'key_scope', 'ticket.view_all']);
  const { member, caller } = await desk.holder(['org.view']);
  expect(told(await caller.get('/tickets'))).toEqual([403, 'missing_permission', 'ticket.view_all']);
  const blind = await narrow(['org.view'], { creator: member });
  expect(told(await blind.get('/tickets'))).toEqual([403, 'missing_permission', 'ticket.view_all']);
});

test('what a request needs beside its own permission is told apart as well', async () => {
  const creates = { subject: 'The export stops', primaryTeamId: desk.world.teams.support };
  const maker = await narrow([...SEES, 'ticket.create']);
  const withAssignee = { ...creates, assigneePrincipalId: desk.world.agent.id };
  expect(told(await maker.post('/tickets', withAssignee))).toEqual([403, 'key_scope', 'ticket.assign_any']);
  const participants = [{ principalId: desk.world.agent.id, role: 'collaborator' }];
  const withOthers = await maker.post('/tickets', { ...creates, participants });
  expect(told(withOthers)).toEqual([403, 'key_scope', 'ticket.manage_participants']);

  const invites = async (by: Caller) => {
    const roleId = await desk.role(['org.view']);
    return told(await by.post('/invitations', { email: 'ada@desk.test', roleId }));
  };
  expect(await invites(await narrow(['admin.manage_users']))).toEqual([403, 'key_scope', 'admin.manage_roles']);
  const { caller } = await desk.holder(['admin.manage_users']);
  expect(await invites(caller)).toEqual([403, 'missing_permission', 'admin.manage_roles']);
});
