import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { createApiKey } from '#services/access/api-keys/create-api-key.ts';
import { updateApiKey } from '#services/access/api-keys/update-api-key.ts';
import { authorityFromRow, type EffectiveGrant } from '#services/access/authority.ts';
import { authorityCte, authorityFrom, memberRows, membersCte } from '#services/access/authority-sql.ts';
import { type Credential, formatApiKey, newSecret, parseApiKey } from '#services/access/credential.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { PERMISSION_KEYS, type Permission } from '#services/access/permissions.ts';
import { changeGrantExpiry } from '#services/access/roles/change-grant-expiry.ts';
import { createRole } from '#services/access/roles/create-role.ts';
import { deleteRole } from '#services/access/roles/delete-role.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { visible } from '#services/access/visible.ts';
import { rows } from '#services/kernel/query.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import { accessStep, changeOf, makeChange } from '#tests/support/access-changes.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { GIVES, type Sight, shiftIn, shiftOf, sightOf, TAKES } from '#tests/support/sight-shifts.ts';

const RUNS = 8;
const DAY_MS = 86_400_000;
const ADMINISTRATING: readonly Permission[] = [
  'admin.manage_roles',
  'admin.manage_users',
  'admin.manage_api_keys',
  'team.view',
  'team.manage',
];

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

/** Who acts, in which way that can give something, and picks among what is there. */
const act = fc.record({
  actor: fc.nat({ max: 2 }),
  kind: fc.constantFrom(
    'grant',
    'grant',
    'extend',
    'createRole',
    'createKey',
    'widenKey',
    'reassign',
    'handOn',
    'change',
    'change',
  ),
  step: accessStep,
  days: fc.constantFrom(null, 10, 300),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** Everything that the people of this world and all keys of theirs hold by a grant. */
async function held(built: BuiltWorld, now: Date): Promise<EffectiveGrant[]> {
  const people = sql`select unnest(${sql.param(built.people.map(({ id }) => idToUuid(id)))}::uuid[])`;
  const subjects = sql`select * from (${memberRows(people)}) m union all
    select k.id, k.id, k.principal_id, k.creator_principal_id, k.name, k.scope_keys, k.team_ids, k.inbox_ids, null, null
    from api_keys k join principal p on p.id = k.creator_principal_id and p.member_state = 'active'
    where k.revoked_at is null and p.id in (${people})`;
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${authorityFrom(subjects, now)} select to_jsonb(auth.*) as authority from auth`,
  );
  const [found] = await testKernel(desk.db.url, now).db.batch([query], { kind: 'load' });
  return (found as { authority: Record<string, unknown> }[]).flatMap(({ authority }) =>
    authorityFromRow(authority).grants.filter(({ via }) => via.length > 0),
  );
}

const covers = (a: EffectiveGrant, b: EffectiveGrant): boolean =>
  a.key === b.key &&
  (a.scope === 'workspace' || (a.scope === b.scope && a.scopeId === b.scopeId)) &&
  (a.until === null || (b.until !== null && a.until >= b.until));

async function perform(built: BuiltWorld, token: string, { kind, step, days }: Act, now: Date): Promise<void> {
  const run = <I, O>(verb: AnyVerb<I, O>, input: I) => askVerb(desk.db.url, token, verb, input, now);
  const expiresAt = days === null ? null : new Date(now.getTime() + days * DAY_MS);
  switch (kind) {
    case 'grant': {
      const change = await changeOf(desk, { ...step, kind }, built);
      if (change.kind !== kind) throw new TypeError('a grant is asked for');
      const { principalId, roleId, scope } = change;
      await run(grantRole, { principalId, roleId, scope, expiresAt, reason: null });
      return;
    }
    case 'extend': {
      const change = await changeOf(desk, { ...step, kind: 'revoke' }, built);
      if (change.kind !== 'revoke') throw new TypeError('a grant is named');
      await run(changeGrantExpiry, { assignmentId: change.assignmentId, expiresAt });
      return;
    }
    case 'createRole': {
      const key = desk.world.newId('role').replace('role_', 'r');
      const { output } = await run(createRole, { key, name: key, permissions: step.permissions });
      const principalId = built.people[step.a % built.people.length]?.id as Id<'prin'>;
      await run(grantRole, {
        principalId,
        roleId: output.id as Id<'role'>,
        scope: { kind: 'workspace' },
        expiresAt,
        reason: null,
      });
      return;
    }
    case 'createKey':
      await run(createApiKey, {
        name: 'Made by somebody',
        purpose: null,
        scopes: step.permissions,
        teamIds: null,
        inboxIds: null,
        allowedIps: [],
        expiresAt: new Date(now.getTime() + 10 * DAY_MS),
      });
      return;
    case 'widenKey': {
      const { id } = (built.keys[step.a % built.keys.length] as BuiltWorld['keys'][number]).key;
      await run(updateApiKey, {
        keyId: id,
        changes: { scopes: step.permissions, teamIds: null, expiresAt },
        ifMatch: null,
      });
      return;
    }
    case 'reassign': {
      const change = await changeOf(desk, { ...step, kind: 'setRolePermissions' }, built);
      const heir = await changeOf(desk, { ...step, kind: 'setRolePermissions', a: step.b }, built);
      if (change.kind !== 'setRolePermissions' || heir.kind !== change.kind) throw new TypeError('roles are named');
      await run(deleteRole, { roleId: change.roleId, reassignTo: heir.roleId, ifMatch: null });
      return;
    }
    case 'handOn': {
      const [leaver, heir] = [step.a, step.b].map((n) => built.people[n % built.people.length]?.id as Id<'prin'>);
      await run(removeMember, {
        principalId: leaver as Id<'prin'>,
        reassignTicketsTo: null,
        transferKeysTo: heir ?? null,
      });
      return;
    }
    default:
      await makeChange(desk, await changeOf(desk, step, built), now, token);
  }
}

test('whatever people who are no owners do one after another, nobody comes to hold what none of them held, anywhere or longer', async () => {
  const made = { yes: 0, no: 0 };
  await fc.assert(
    fc.asyncProperty(accessWorld, fc.array(act, { minLength: 14, maxLength: 14 }), async (plan, acts) => {
      const built = await buildAccessWorld(desk.world, { ...plan, suspended: [], tickets: plan.tickets.slice(0, 6) });
      const actors = built.people.slice(0, 3);
      const callers: string[] = [];
      for (const [n, actor] of actors.entries()) {
        await desk.world.grant(actor, ADMINISTRATING);
        if (n === 1)
          await desk.db.query(
            "update principal_role_assignments set expires_at = now() + interval '30 days' where principal_id = $1 and expires_at is null",
            [idToUuid(actor.id)],
          );
        callers.push((await desk.world.keyFor(PERMISSION_KEYS, { creator: actor })).token);
      }
      const now = new Date();
      const before = await held(built, now);
      for (const each of acts) {
        const outcome = await perform(built, callers[each.actor] as string, each, now).then(
          () => 'yes' as const,
          (error: unknown) => {
            if (!(error instanceof ServiceError)) throw error;
            return 'no' as const;
          },
        );
        made[outcome] += 1;
      }
      const more = (await held(built, now)).filter((power) => !before.some((known) => covers(known, power)));
      expect(more).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  // A law about refusals alone would prove nothing, and so would one without any.
  expect(made.yes).toBeGreaterThan(RUNS);
  expect(made.no).toBeGreaterThan(RUNS);
}, 240_000);

const eight = (kinds: Parameters<typeof shiftOf>[0]) => fc.array(shiftOf(kinds), { minLength: 8, maxLength: 8 });
/** Somebody without any grant is given the sight of everything, and loses it: this moves in every world. */
const NOBODY = 5;
const all = { a: NOBODY, b: 0, flag: false, permissions: ['ticket.view_all' as const] };
const ALWAYS = [
  { ...all, kind: 'grant' as const },
  { ...all, kind: 'revoke' as const },
];

test('what is given takes no ticket out of anybody’s sight, and what is taken or limited brings none into it', async () => {
  const moved = { gives: 0, takes: 0 };
  await fc.assert(
    fc.asyncProperty(accessWorld, fc.tuple(eight(GIVES), eight(TAKES)), async (plan, shifts) => {
      const grants = plan.grants.filter(({ person }) => person !== NOBODY).slice(0, 3);
      const few = { ...plan, grants, archivedInboxes: [], archivedTeams: [] };
      const built = await buildAccessWorld(desk.world, few);
      let before = await sightOf(desk, built, new Date());
      for (const each of [...ALWAYS, ...shifts.flat()]) {
        await shiftIn(desk, built, each);
        const after = await sightOf(desk, built, new Date());
        const gives = GIVES.some((kind) => kind === each.kind);
        const [fewer, more] = gives ? [before, after] : [after, before];
        for (const [who, seen] of fewer)
          expect(
            [...seen].filter((id) => !more.get(who)?.has(id)),
            `${each.kind} ${who}`,
          ).toEqual([]);
        const count = (sight: Sight): number => [...sight.values()].reduce((sum, { size }) => sum + size, 0);
        if (count(fewer) < count(more)) moved[gives ? 'gives' : 'takes'] += 1;
        before = after;
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
  // That nothing ever moved would prove nothing.
  expect(Math.min(moved.gives, moved.takes)).toBeGreaterThan(0);
}, 240_000);

test('who is nobody at the desk sees no ticket and may do nothing', async () => {
  const { world, db } = desk;
  await world.ticket({ visibility: 'shared' });
  const past = new Date(Date.now() - 60_000);
  const state = async (set: string) => {
    const member = await world.member({ role: 'owner', teams: [world.teams.support] });
    await db.query(`update principal set ${set} where id = $1`, [idToUuid(member.id)]);
    return member;
  };
  const suspended = await state("member_state = 'suspended'");
  const people = {
    'without a grant': await world.member({ teams: [world.teams.support] }),
    suspended,
    removed: await state("member_state = 'removed', member_ended_at = now()"),
    customer: await state('member_state = null, member_since = null'),
  };
  const live = await world.keyFor(PERMISSION_KEYS);
  const keys = {
    revoked: await world.keyFor(PERMISSION_KEYS, { revokedAt: past }),
    expired: await world.keyFor(PERMISSION_KEYS, { expiresAt: past }),
    asleep: await world.keyFor(PERMISSION_KEYS, { creator: suspended }),
    forged: { ...live, token: formatApiKey(live.id, newSecret()) },
    unknown: { ...live, token: formatApiKey(world.newId('key'), newSecret()) },
  };
  const now = new Date();
  const auths: Record<string, SQL> = Object.fromEntries([
    ...Object.entries(people).map(([who, { id }]) => [who, membersCte(sql`select ${idToUuid(id)}::uuid`, now)]),
    ...Object.entries(keys).map(([which, { token }]) => [
      which,
      authorityCte(parseApiKey(token, null) as Credential, now),
    ]),
  ]);
  for (const [who, auth] of Object.entries(auths)) {
    const load = [
      rows(sql`with ${auth} select id from tickets where ${visible()}`),
      rows<{ authority: Record<string, unknown> }>(sql`with ${auth} select to_jsonb(auth.*) as authority from auth`),
    ] as const;
    const [seen, found] = await testKernel(db.url, now).db.batch(load, { kind: 'load' });
    expect(seen, who).toEqual([]);
    const authorities = found.map(({ authority }) => authorityFromRow(authority));
    expect(
      authorities.filter(({ grants }) => grants.length > 0),
      who,
    ).toEqual([]);
    expect(authorities, who).toHaveLength(who === 'without a grant' ? 1 : 0);
  }
});
