import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccessChange, AccessDifference, AccessPreview } from '#schema/api/access.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { authorityFromRow } from '#services/access/authority.ts';
import { authorityFrom, memberRows } from '#services/access/authority-sql.ts';
import { visible } from '#services/access/visible.ts';
import { previewAccess } from '#services/explain/preview-access.ts';
import { qb, rows, statementWith } from '#services/kernel/query.ts';
import { accessStep, changeOf, makeChange } from '#tests/support/access-changes.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

/** What one member or key has: permissions by place, and the tickets they see. */
interface Power {
  permissions: Set<string>;
  tickets: Set<string>;
}

const liveKeyRows = (id: Id<'key'>): SQL => sql`
  select k.id as cred_id, k.id as key_id, k.principal_id, k.creator_principal_id as holder_id, k.name as label,
    k.scope_keys, k.team_ids, k.inbox_ids, null::text as refusal
  from api_keys k join principal h on h.id = k.creator_principal_id and h.member_state = 'active'
  where k.id = ${idToUuid(id)}::uuid and k.revoked_at is null`;

/** Read as the doors read it, subject by subject. */
async function powers(built: BuiltWorld, now: Date): Promise<Map<string, Power>> {
  const subjects = [
    ...built.people.map(({ id }) => ({ id: id as string, rows: memberRows(sql`select ${idToUuid(id)}::uuid`) })),
    ...built.keys.map(({ key }) => ({ id: key.id as string, rows: liveKeyRows(key.id) })),
  ];
  const found = new Map<string, Power>();
  for (const subject of subjects) {
    const auth = authorityFrom(subject.rows, now);
    const [authorities, seen] = await testKernel(desk.db.url, now).db.batch(
      [
        rows<{ authority: Record<string, unknown> }>(sql`with ${auth} select to_jsonb(auth.*) as authority from auth`),
        statementWith(auth, qb.select({ id: tickets.id }).from(tickets).where(visible())),
      ] as const,
      { kind: 'load' },
    );
    const held = (authorities as { authority: Record<string, unknown> }[]).flatMap(
      ({ authority }) => authorityFromRow(authority).grants,
    );
    found.set(subject.id, {
      permissions: new Set(held.map(({ key, scopeId }) => `${key} ${scopeId ?? 'workspace'}`)),
      tickets: new Set((seen as { id: string }[]).map(({ id }) => id)),
    });
  }
  return found;
}

const minus = (left: ReadonlySet<string>, right: ReadonlySet<string>): string[] =>
  [...left].filter((each) => !right.has(each)).toSorted();

type Side = 'gained' | 'lost';
type Plain = Record<Side, { permissions: string[]; tickets: { number: number; samples: string[] } }>;

function differenceBetween(before: Power, after: Power): Plain {
  const side = (a: Power, b: Power) => {
    const seen = minus(a.tickets, b.tickets);
    const samples = seen.toReversed().slice(0, 10);
    return { permissions: minus(a.permissions, b.permissions), tickets: { number: seen.length, samples } };
  };
  return { gained: side(after, before), lost: side(before, after) };
}

function plainOf({ permissions, tickets: seen }: AccessDifference): Plain {
  const side = (which: Side) => ({
    permissions: permissions[which]
      .map(
        ({ permission, scope }) =>
          `${permission} ${scope.kind === 'workspace' ? 'workspace' : idToUuid(scope.id as Id)}`,
      )
      .toSorted(),
    tickets: { number: seen[which].number, samples: seen[which].samples },
  });
  return { gained: side('gained'), lost: side('lost') };
}

const isSame = ({ gained, lost }: Plain): boolean =>
  gained.permissions.length + lost.permissions.length + gained.tickets.number + lost.tickets.number === 0;

const preview = async (changes: AccessChange[], now: Date): Promise<AccessPreview> => {
  const { output, trips } = await askVerb(desk.db.url, desk.owner.token, previewAccess, { changes }, now);
  expect(trips).toBe(1);
  return output;
};

test('a change does exactly what its preview said, or is refused as it said', async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(
      accessWorld,
      fc.array(fc.uniqueArray(accessStep, { selector: ({ kind }) => kind, minLength: 1, maxLength: 2 }), {
        minLength: 7,
        maxLength: 7,
      }),
      async (plan, acts) => {
        const built = await buildAccessWorld(desk.world, plan);
        for (const steps of acts) {
          const now = new Date();
          const changes = await Promise.all(steps.map((each) => changeOf(desk, each, built)));
          const before = await powers(built, now);
          const told = await preview(changes, now);
          expect(told.more).toBe(false);
          if (told.refusals.length > 0) {
            for (const [n, change] of changes.entries()) {
              const outcome = await makeChange(desk, change, now).catch((error: unknown) => error);
              const refusal = told.refusals.find((each) => each.change === n);
              if (refusal === undefined) expect(outcome).toBeUndefined();
              else expect(outcome).toMatchObject({ code: refusal.code, reason: refusal.reason ?? undefined });
              if (refusal !== undefined) expect(outcome).toBeInstanceOf(ServiceError);
            }
            continue;
          }
          for (const change of changes) await makeChange(desk, change, now);
          made += changes.length;
          const after = await powers(built, now);
          const expected = Object.fromEntries(
            [...before].flatMap(([id, power]) => {
              const plain = differenceBetween(power, after.get(id) as Power);
              return isSame(plain) ? [] : [[id, plain]];
            }),
          );
          const previewed = Object.fromEntries(
            told.differences.map((each) => [each.keyId ?? each.principalId, plainOf(each)]),
          );
          expect(previewed, JSON.stringify(changes)).toEqual(expected);
        }
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
  expect(made).toBeGreaterThan(0);
}, 240_000);

test('archiving a team takes what was held there, and is refused while something works with it', async () => {
  const team = desk.world.newId('team');
  await desk.db.query("insert into teams (id, slug, name) values ($1, 'night-shift', 'Night shift')", [idToUuid(team)]);
  const member = await desk.world.member();
  await desk.world.grant(member, ['ticket.view_all'], { teamId: team });
  const { id } = await desk.world.ticket({ primaryTeamId: team });
  const body = { changes: [{ kind: 'archiveTeam', teamId: team }] };
  const answer = await desk.owner.post('/access/preview', body);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({
    status: 200,
    trips: 1,
    body: {
      refusals: [{ change: 0, code: 'conflict', reason: 'team_in_use' }],
      differences: [
        {
          kind: 'member',
          principalId: member.id,
          permissions: { gained: [] },
          tickets: { gained: { number: 0 }, lost: { number: 1, more: false, samples: [id] } },
        },
      ],
      more: false,
    },
  });
  const { permissions } = answer.body.differences[0];
  expect(permissions.lost).toContainEqual({ permission: 'ticket.view_all', scope: { kind: 'team', id: team } });
});

test('a preview of what is so already is empty, and writes nothing', async () => {
  const roleId = await desk.role(['team.view']);
  const holder = await desk.world.member();
  await desk.db.query('insert into principal_role_assignments (id, principal_id, role_id) values ($1, $2, $3)', [
    idToUuid(desk.world.newId('rasn')),
    idToUuid(holder.id),
    idToUuid(roleId),
  ]);
  await desk.told();
  const changes = [{ kind: 'setRolePermissions', roleId, permissions: ['team.view'] }];
  const { body } = await desk.owner.post('/access/preview', { changes });
  expect(body).toEqual({ refusals: [], differences: [], more: false });
  const wider = [{ kind: 'setRolePermissions', roleId, permissions: ['team.view', 'audit.view'] }];
  const { body: more } = await desk.owner.post('/access/preview', { changes: wider });
  expect(more.differences).toMatchObject([
    { principalId: holder.id, permissions: { gained: [{ permission: 'audit.view', scope: { kind: 'workspace' } }] } },
  ]);
  expect(JSON.stringify(more)).not.toContain(holder.email);
  expect(await desk.told()).toEqual({ events: [], audit: [] });
});

test('each change needs the permission that making it needs; samples are tickets that the caller sees', async () => {
  const roles = await desk.holder(['admin.manage_roles', 'ticket.view_shared', 'team.view']);
  const { id: roleId } = { id: await desk.role(['ticket.view_shared']) };
  const member = await desk.world.member();
  const grant = { kind: 'grant', principalId: member.id, roleId };
  const seen = await desk.world.ticket({ primaryTeamId: desk.world.teams.billing, visibility: 'shared' });
  const { status, body } = await roles.caller.post('/access/preview', { changes: [grant] });
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.differences[0].tickets.gained.samples).toContain(seen.id);

  const blind = await desk.holder(['admin.manage_roles', 'team.view']);
  const answer = await blind.caller.post('/access/preview', { changes: [grant] });
  expect(answer.body.refusals).toMatchObject([{ change: 0, code: 'forbidden', reason: 'exceeds_ceiling' }]);
  const { gained } = answer.body.differences[0].tickets;
  expect(gained.number).toBeGreaterThan(0);
  expect(gained.samples).toEqual([]);

  const suspend = { kind: 'memberState', principalId: member.id, state: 'suspended' };
  const without = await roles.caller.post('/access/preview', { changes: [grant, suspend] });
  expect(without).toMatchObject({ status: 403, body: { required: ['admin.manage_users'] } });
  const unknown = { kind: 'revoke', assignmentId: desk.world.newId('rasn') };
  expect((await desk.owner.post('/access/preview', { changes: [unknown] })).status).toBe(404);
  expect((await desk.owner.post('/access/preview', { changes: [] })).status).toBe(400);
});

test('what gives to somebody whom an earlier change removes is refused, in the order of the list only', async () => {
  const member = await desk.world.member();
  const join = { kind: 'membership', teamId: desk.world.teams.support, principalId: member.id, role: 'member' };
  const leave = { kind: 'memberState', principalId: member.id, state: 'removed' };
  const refusalsOf = async (changes: unknown[]) =>
    (await desk.owner.post('/access/preview', { changes })).body.refusals.map(
      ({ change, reason }: { change: number; reason: string }) => [change, reason],
    );
  expect(await refusalsOf([leave, join])).toEqual([[1, 'target_not_member']]);
  expect(await refusalsOf([join, leave])).toEqual([]);
});
