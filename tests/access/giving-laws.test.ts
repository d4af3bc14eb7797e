import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { idToUuid } from '#schema/ids.ts';
import { authorityFromRow } from '#services/access/authority.ts';
import { authorityCte, membersCte } from '#services/access/authority-sql.ts';
import { type Credential, formatApiKey, newSecret, parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS, type Permission } from '#services/access/permissions.ts';
import { visible } from '#services/access/visible.ts';
import { rows } from '#services/kernel/query.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { buildAccessWorld } from '#tests/support/build-access-world.ts';
import { type Act, accept, act, covers, held, invite, perform, type Scene } from '#tests/support/giving-acts.ts';
import { type Joining, openJoining } from '#tests/support/joining.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { GIVES, type Sight, shiftIn, shiftOf, sightOf, TAKES } from '#tests/support/sight-shifts.ts';

const RUNS = 8;
const ADMINISTRATING: readonly Permission[] = [
  'admin.manage_roles',
  'admin.manage_users',
  'admin.manage_api_keys',
  'team.view',
  'team.manage',
  'admin.manage_settings',
];

let desk: AccessDesk;
let joining: Joining;
beforeAll(async () => {
  desk = await openAccessDesk();
  joining = await openJoining(desk);
});
afterAll(async () => {
  await joining.stop();
  await desk.close();
});

test('whatever people who are no owners do one after another, nobody comes to hold what none of them held, anywhere or longer', async () => {
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
      const [lasting = '', ending = ''] = callers;
      const scene: Scene = { desk, built, joining, now: new Date(), promised: [] };
      const mapped = await desk.world.role(['ticket.view_assigned', 'ticket.create']);
      await joining.map(mapped, await desk.world.team());
      const first = await joining.signIn(`first-${actors[0]?.id}`, ['role', 'team']);
      built.people.push(first);
      const before = await held(scene);
      // What the rules of an owner's issuer give is given by that owner: the first whom they took in stands for them.
      const givers = [...actors, first].flatMap(({ id }) => before.get(id) ?? []);
      expect(before.get(first.id)).toHaveLength(2);

      // In every world each of the ways into it is gone once, and not by whoever gives more than they have.
      const administrators = await desk.world.role(ADMINISTRATING);
      await invite(scene, lasting, administrators, null);
      await expect(invite(scene, ending, administrators, null)).rejects.toMatchObject({ reason: 'exceeds_ceiling' });
      await accept(scene, scene.promised[0] as Scene['promised'][number]);
      const { step } = acts[0] as Act;
      await expect(perform(scene, lasting, { actor: 0, kind: 'mapClaims', step, days: null })).rejects.toMatchObject({
        reason: 'person_required',
      });
      expect((await held(scene)).get(built.people.at(-1)?.id ?? '')?.length).toBeGreaterThanOrEqual(
        ADMINISTRATING.length,
      );

      for (const each of acts)
        await perform(scene, callers[each.actor] as string, each).catch((error: unknown) => {
          if (!(error instanceof ServiceError)) throw error;
        });
      for (const [who, powers] of await held(scene)) {
        const known = [...givers, ...(before.get(who) ?? [])];
        expect(
          powers.filter((power) => !known.some((had) => covers(had, power))),
          who,
        ).toEqual([]);
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
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
