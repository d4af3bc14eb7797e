import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { createApiKey } from '#services/access/api-keys/create-api-key.ts';
import { authorityFromRow, type EffectiveGrant } from '#services/access/authority.ts';
import { authorityFrom, memberRows } from '#services/access/authority-sql.ts';
import { PERMISSION_KEYS, type Permission } from '#services/access/permissions.ts';
import { changeGrantExpiry } from '#services/access/roles/change-grant-expiry.ts';
import { createRole } from '#services/access/roles/create-role.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { rows } from '#services/kernel/query.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import { accessStep, changeOf, makeChange } from '#tests/support/access-changes.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { testKernel } from '#tests/support/kernel.ts';

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
  kind: fc.constantFrom('grant', 'grant', 'extend', 'createRole', 'createKey', 'change', 'change'),
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
