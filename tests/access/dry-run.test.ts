import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccessChange } from '#schema/api/access.ts';
import type { Id } from '#schema/ids.ts';
import { type AccessDesk, type Answered, openAccessDesk } from '#tests/support/access-desk.ts';
import type { Member, TestKey } from '#tests/support/world.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
  await desk.world.ticket({ primaryTeamId: desk.world.teams.billing });
});
afterAll(() => desk.close());

interface Cast {
  person: Member;
  team: Id<'team'>;
  role: Id<'role'>;
  grant: Id<'rasn'>;
  key: TestKey;
}

/** Somebody in a team with a ticket, who holds a role and has made a key. */
async function cast(): Promise<Cast> {
  const { world } = desk;
  const team = await world.team();
  const person = await world.member({ teams: [team] });
  const role = await desk.role(['ticket.view_team', 'ticket.edit_fields', 'admin.manage_api_keys']);
  const granted = await desk.owner.post(`/members/${person.id}/role-assignments`, { roleId: role });
  const key = await world.keyFor(['ticket.view_team', 'ticket.edit_fields'], { creator: person });
  await world.ticket({ primaryTeamId: team });
  return { person, team, role, grant: granted.body.id, key };
}

type Told = (cast: Cast) => { ask: Promise<Answered>; change: AccessChange };

const changes: Record<string, Told> = {
  updateRole: ({ role }) => ({
    ask: desk.owner.patch(`/roles/${role}?dryRun=true`, { permissions: ['ticket.view_all'] }),
    change: { kind: 'setRolePermissions', roleId: role, permissions: ['ticket.view_all'] },
  }),
  setRolePermissions: ({ role }) => ({
    ask: desk.owner.put(`/roles/${role}/permissions?dryRun=true`, { permissions: [] }, { 'if-match': '*' }),
    change: { kind: 'setRolePermissions', roleId: role, permissions: [] },
  }),
  revokeGrant: ({ grant }) => ({
    ask: desk.owner.delete(`/role-assignments/${grant}?dryRun=true`),
    change: { kind: 'revoke', assignmentId: grant },
  }),
  setTeamMember: ({ person }) => ({
    ask: desk.owner.put(`/teams/${desk.world.teams.billing}/members/${person.id}?dryRun=true`, { role: 'member' }),
    change: { kind: 'membership', teamId: desk.world.teams.billing, principalId: person.id, role: 'member' },
  }),
  removeTeamMember: ({ person, team }) => ({
    ask: desk.owner.delete(`/teams/${team}/members/${person.id}?dryRun=true`),
    change: { kind: 'membership', teamId: team, principalId: person.id, role: null },
  }),
  suspendMember: ({ person }) => ({
    ask: desk.owner.post(`/members/${person.id}/suspend?dryRun=true`, {}),
    change: { kind: 'memberState', principalId: person.id, state: 'suspended' },
  }),
  removeMember: ({ person }) => ({
    ask: desk.owner.delete(`/members/${person.id}?dryRun=true`),
    change: { kind: 'memberState', principalId: person.id, state: 'removed' },
  }),
  updateApiKey: ({ key }) => ({
    ask: desk.owner.patch(`/api-keys/${key.id}?dryRun=true`, { scopes: ['ticket.view_team'] }),
    change: { kind: 'keyScopes', keyId: key.id, scopes: ['ticket.view_team'] },
  }),
  revokeApiKey: ({ key }) => ({
    ask: desk.owner.delete(`/api-keys/${key.id}?dryRun=true`),
    change: { kind: 'keyScopes', keyId: key.id, scopes: [] },
  }),
};

test.each(Object.entries(changes))(
  '%s: a dry run tells who gains and loses what, as a preview does',
  async (_, told) => {
    const { ask, change } = told(await cast());
    const dry = await ask;
    expect([dry.status, dry.trips, dry.body.dryRun], JSON.stringify(dry.body)).toEqual([200, 1, true]);
    const { body } = await desk.owner.post('/access/preview', { changes: [change] });
    expect(dry.body.access).toEqual({ differences: body.differences, more: body.more });
    expect(dry.body.access.differences.length).toBeGreaterThan(0);
  },
);

test('a grant, a reinstatement and an archived team are foreseen too', async () => {
  const { person, role } = await cast();
  const scope = { kind: 'team', id: desk.world.teams.billing } as const;
  const granted = await desk.owner.post(`/members/${person.id}/role-assignments?dryRun=true`, { roleId: role, scope });
  expect(granted.body).toMatchObject({ status: 201, events: ['role_assignment.created'] });
  expect(granted.body.access.differences).toMatchObject([{ kind: 'member', principalId: person.id }, {}]);

  await desk.owner.post(`/members/${person.id}/suspend`, {});
  const back = await desk.owner.post(`/members/${person.id}/reinstate?dryRun=true`, {});
  expect(back.body.access.differences.length).toBe(2);

  const team = await desk.world.team();
  const inTeam = await desk.world.member({ teams: [team] });
  await desk.world.grant(inTeam, ['ticket.view_all'], { teamId: team });
  const archived = await desk.owner.delete(`/teams/${team}?dryRun=true`);
  expect(archived.body.access.differences).toMatchObject([{ principalId: inTeam.id, permissions: { gained: [] } }]);
});

test('a change that touches nobody’s access foresees nothing, and a refusal tells nothing', async () => {
  const { role, person } = await cast();
  const renamed = await desk.owner.patch(`/roles/${role}?dryRun=true`, { name: 'Evening' });
  expect(renamed.body).not.toHaveProperty('access');
  expect(renamed.body.writes).toMatchObject({ roles: 1, audit_events: 1, events: 1 });

  const { caller } = await desk.holder(['admin.manage_users', 'team.view']);
  await desk.told();
  const refused = await caller.post(`/members/${person.id}/suspend?dryRun=true`, {});
  expect([refused.status, refused.body.reason]).toEqual([403, 'outranks_you']);
  expect(refused.body).not.toHaveProperty('access');
  expect(await desk.told()).toEqual({ events: [], audit: [] });
});

test('a dry run that finds it so already says so', async () => {
  const { person, team } = await cast();
  const again = await desk.owner.put(`/teams/${team}/members/${person.id}?dryRun=true`, { role: 'member' });
  expect(again.body).toMatchObject({ status: 200, writes: {}, events: [] });
  expect(again.body.notices).toEqual(['It is so already: nothing would be written.']);
});
