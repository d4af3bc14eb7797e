import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccessResource, Passing } from '#schema/api/access.ts';
import { idToUuid } from '#schema/ids.ts';
import { keyAuthority } from '#services/access/api-keys/key-queries.ts';
import type { Authority } from '#services/access/authority.ts';
import { ticketArm, ticketDenial } from '#services/access/can.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { whoCan } from '#services/explain/who-can.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { buildAccessWorld } from '#tests/support/build-access-world.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const ask = (caller: AccessDesk['owner'], body: unknown) => caller.post('/access/who-can', body);

/** Every page, each in one round trip. */
async function everybody(permission: string, resource: AccessResource, limit: number, now: Date): Promise<Passing[]> {
  const all: Passing[] = [];
  let cursor: string | undefined;
  for (;;) {
    const input = { permission, resource, limit, cursor };
    const { output, trips } = await askVerb(desk.db.url, desk.owner.token, whoCan, input, now);
    expect(trips).toBe(1);
    expect(output.data.length).toBeLessThanOrEqual(limit);
    all.push(...output.data);
    if (!output.page.hasMore) return all;
    cursor = output.page.next ?? undefined;
  }
}

test('who may act on a ticket are exactly those members and keys whom the check lets', async () => {
  const ticketKeys = PERMISSION_KEYS.filter((key) => PERMISSIONS[key].resource === 'ticket') as Permission[];
  const now = new Date();
  const question = fc.record({ ticket: fc.nat(), permission: fc.constantFrom(...ticketKeys) });
  await fc.assert(
    fc.asyncProperty(accessWorld, fc.array(question, { minLength: 6, maxLength: 6 }), async (plan, questions) => {
      const built = await buildAccessWorld(desk.world, plan);
      const tickets = built.tickets.filter(({ deleted }) => !deleted);
      const members = built.people.map(({ id }) => ({ id: id as string, load: memberAuthorityQuery(id, now) }));
      const keys = built.keys.map(({ key }) => ({ id: key.id as string, load: keyAuthority(key.id, now) }));
      const subjects = [...members, ...keys];
      const loads = subjects.map(({ load }) => load);
      const authorities = (await testKernel(desk.db.url, now).db.batch(loads, { kind: 'load' })) as (
        | Authority
        | undefined
      )[];
      for (const { ticket, permission } of questions) {
        const about = tickets[ticket % tickets.length];
        if (about === undefined) continue;
        const passing = subjects.filter((_, n) => {
          const authority = authorities[n];
          if (authority === undefined || ticketArm(authority, about.facts) === undefined) return false;
          return ticketDenial(authority, permission, about.facts) === undefined;
        });
        const found = await everybody(permission, { ticketId: about.id }, 7, now);
        const ids = found.map(({ keyId, principalId }): string => keyId ?? principalId);
        expect(ids).toEqual([...new Set(ids)]);
        expect(found.every(({ because }) => because.some((each) => each.permission === permission))).toBe(true);
        const here = new Set(subjects.map(({ id }) => id));
        expect(ids.filter((id) => here.has(id)).toSorted()).toEqual(passing.map(({ id }) => id).toSorted());
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 180_000);

test('at the workspace: holders of a role there, and live keys that are not limited, without an address', async () => {
  const member = await desk.world.member();
  await desk.world.grant(member, ['audit.export']);
  const elsewhere = await desk.world.member();
  await desk.world.grant(elsewhere, ['audit.export'], { teamId: desk.world.teams.support });
  const key = await desk.world.keyFor(['audit.view'], { creator: member });
  const dead = await desk.world.keyFor(['audit.view'], { creator: member, revokedAt: new Date() });
  const asleep = await desk.world.member();
  await desk.world.grant(asleep, ['audit.view']);
  await desk.db.query("update principal set member_state = 'suspended' where id = $1", [idToUuid(asleep.id)]);

  const answer = await ask(desk.owner, { permission: 'audit.view' });
  expect(answer).toMatchObject({ status: 200, trips: 1 });
  const ids = answer.body.data.map(({ keyId, principalId }: Passing) => keyId ?? principalId);
  expect(ids).toEqual(expect.arrayContaining([desk.world.owner.id, member.id, key.id]));
  for (const other of [elsewhere.id, asleep.id, dead.id]) expect(ids).not.toContain(other);
  const entry = answer.body.data.find(({ keyId, principalId }: Passing) => keyId === null && principalId === member.id);
  expect(entry).toMatchObject({
    kind: 'member',
    name: member.name,
    level: null,
    because: [{ via: 'grant', permission: 'audit.view', scope: { kind: 'workspace' } }],
  });
  expect(JSON.stringify(answer.body)).not.toContain('@');
});

test('an inbox is managed by its owners, too', async () => {
  const inboxId = desk.world.inboxes.help;
  const member = await desk.world.member();
  await desk.db.query('insert into inbox_memberships (id, inbox_id, principal_id, role) values ($1, $2, $3, $4)', [
    idToUuid(desk.world.newId('ibmem')),
    idToUuid(inboxId),
    idToUuid(member.id),
    'owner',
  ]);
  const { body } = await ask(desk.owner, { permission: 'inbox.manage', resource: { inboxId } });
  const entry = body.data.find(({ principalId }: Passing) => principalId === member.id);
  expect(entry.because).toEqual([
    { via: 'inbox_membership', permission: 'inbox.manage', scope: { kind: 'inbox', id: inboxId } },
  ]);
});

test('it is for who administrates people and sees the resource', async () => {
  const { caller } = await desk.holder(['ticket.view_all', 'admin.manage_roles']);
  expect(await ask(caller, { permission: 'audit.view' })).toMatchObject({
    status: 403,
    body: { required: ['admin.manage_users'] },
  });
  const admin = await desk.holder(['admin.manage_users']);
  const unseen = await desk.world.ticket();
  for (const ticketId of [unseen.id, desk.world.newId('tkt')])
    expect((await ask(admin.caller, { permission: 'audit.view', resource: { ticketId } })).status).toBe(404);
  expect((await ask(desk.owner, { permission: 'audit.fly' })).body.reason).toBe('unknown_permission');
});

test('a page cursor belongs to its question', async () => {
  const first = await ask(desk.owner, { permission: 'ticket.view_all', limit: 1 });
  expect(first.body.page.hasMore).toBe(true);
  const cursor = first.body.page.next;
  const second = await ask(desk.owner, { permission: 'ticket.view_all', limit: 1, cursor });
  expect(second.body.data[0]).not.toEqual(first.body.data[0]);
  const other = await ask(desk.owner, { permission: 'ticket.merge', limit: 1, cursor });
  expect(other).toMatchObject({ status: 400, body: { reason: 'cursor_mismatch' } });
});
