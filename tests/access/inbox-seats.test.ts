import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Passing } from '#schema/api/access.ts';
import type { Me } from '#schema/api/me.ts';
import type { Id } from '#schema/ids.ts';
import { inboxes, inboxMemberships } from '#schema/index.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { qb } from '#services/kernel/query.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

test('an inbox viewer reads what customers read, no note, and changes nothing, whatever they may do elsewhere', async () => {
  const acting = PERMISSION_KEYS.filter((key) => key.startsWith('ticket.') && !key.startsWith('ticket.view_'));
  const { member, caller } = await desk.holder(['ticket.view_team', ...acting]);
  const inboxId = desk.world.inboxes.invoices;
  await desk.world.put(
    qb
      .insert(inboxMemberships)
      .values({ id: desk.world.newId('ibmem'), inboxId, principalId: member.id, role: 'viewer' }),
  );
  const ticket = await desk.world.ticket({ inboxId });
  const path = `/tickets/${ticket.id}`;
  const late = await desk.owner.post(`${path}/messages`, { audience: 'internal', body: 'He pays late.' });
  expect(late.status).toBe(201);
  const thread = await caller.get(`${path}/messages`);
  expect([thread.status, thread.body.data.map(({ body }: { body: string }) => body)]).toEqual([
    200,
    ['It stops at row 500.'],
  ]);
  await desk.told();
  for (const answer of [
    await caller.post(`${path}/messages`, { audience: 'internal', body: 'Indeed.' }),
    await caller.post(`${path}/messages`, { audience: 'public', body: 'Indeed.' }),
    await caller.patch(path, { priority: 'high' }),
    await caller.patch(path, { visibility: 'shared' }),
    await caller.post(`${path}/transition`, { category: 'pending' }),
    await caller.post(`${path}/take`),
    await caller.post(`${path}/tags`, { add: ['late'] }),
    await caller.put(`${path}/shares`, { teamId: desk.world.teams.support, level: 'read' }),
    await caller.delete(path),
  ])
    expect(answer).toMatchObject({ status: 403, body: { reason: 'inbox_viewer' } });
  expect(await desk.told()).toEqual({ events: [], audit: [] });
});

test('an inbox owner manages that inbox and no other, a viewer none, and nobody gives away what a seat alone brings', async () => {
  const { help, invoices } = desk.world.inboxes;
  const archived = desk.world.newId('inbox');
  await desk.world.put(qb.insert(inboxes).values({ id: archived, slug: 'old', name: 'Old', archivedAt: new Date() }));
  const { member, caller } = await desk.holder([
    'admin.manage_roles',
    'admin.manage_api_keys',
    'webhook.manage',
    'ticket.view_all',
    'team.view',
  ]);
  for (const [inboxId, role] of [
    [help, 'owner'],
    [invoices, 'viewer'],
    [archived, 'owner'],
  ] as const)
    await desk.world.put(
      qb.insert(inboxMemberships).values({ id: desk.world.newId('ibmem'), inboxId, principalId: member.id, role }),
    );
  const foreign = desk.world.newId('inbox');
  await desk.world.put(qb.insert(inboxes).values({ id: foreign, slug: 'foreign', name: 'Foreign' }));

  const places = [help, invoices, archived, foreign];
  const may = (permission: string) =>
    Promise.all(
      places.map(async (inboxId) => {
        const told = await caller.post('/access/explain', { permission, resource: { inboxId } });
        const ways = (told.body.because ?? []).map(({ via }: { via: string }) => via);
        return told.status === 200 ? told.body.allowed && ways.join() : told.status;
      }),
    );
  expect(await may('inbox.view')).toEqual(['inbox_membership', 'inbox_membership', 404, 404]);
  for (const managing of ['inbox.manage', 'inbox.channel_manage'])
    expect(await may(managing)).toEqual(['inbox_membership', false, 404, 404]);
  const who = async (permission: string, inboxId: Id<'inbox'>) => {
    const { body } = await desk.owner.post('/access/who-can', { permission, resource: { inboxId } });
    return body.data.some(({ principalId, kind }: Passing) => kind === 'member' && principalId === member.id);
  };
  for (const [inboxId, manages] of [
    [help, true],
    [invoices, false],
    [foreign, false],
  ] as const)
    expect([await who('inbox.manage', inboxId), await who('inbox.view', inboxId)]).toEqual([
      manages,
      inboxId !== foreign,
    ]);

  const me = await caller.get('/me');
  expect(me.body.inboxes.map(({ inboxId, role }: Me['inboxes'][number]) => `${inboxId} ${role}`).toSorted()).toEqual(
    [`${help} owner`, `${invoices} viewer`].toSorted(),
  );
  // Where an endpoint may be told from is what one sees; a seat is enough, and unseen is unknown.
  const hook = { name: 'Chat', url: 'https://hooks.example.com/in', types: ['ticket.created'] };
  const hears = async (inboxId: Id<'inbox'>) => (await caller.post('/webhooks', { ...hook, inboxIds: [inboxId] })).body;
  for (const unseen of [archived, foreign]) expect((await hears(unseen)).reason).toBe('unknown_reference');
  expect((await hears(invoices)).inboxIds).toEqual([invoices]);
  // Neither a role nor a key carries on what is not held by a grant.
  const roleId = await desk.role(['inbox.manage']);
  const other = await desk.world.member();
  for (const scope of [{ kind: 'inbox', id: help }, { kind: 'workspace' }])
    expect(await caller.post(`/members/${other.id}/role-assignments`, { roleId, scope })).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
  expect(await caller.post('/api-keys', { name: 'K', scopes: ['inbox.manage'], inboxIds: [help] })).toMatchObject({
    status: 403,
    body: { reason: 'exceeds_ceiling' },
  });
});
