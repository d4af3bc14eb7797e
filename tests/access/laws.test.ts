import { inArray, type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyRows } from '#schema/functions/credential-rows.ts';
import { idToUuid, uuidToId } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { type Authority, authorityQuery } from '#services/access/authority.ts';
import { authorityCte, authorityFrom, memberRows, membersCte } from '#services/access/authority-sql.ts';
import { covered, ticketArm, ticketDenial } from '#services/access/can.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { PERMISSION_KEYS, PERMISSIONS } from '#services/access/permissions.ts';
import { viewersOf } from '#services/access/viewers-of.ts';
import { visible } from '#services/access/visible.ts';
import { qb, rows, type Statement, statementWith } from '#services/kernel/query.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { type BuiltTicket, type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const RUNS = 12;
const NOW = new Date();

let db: TestDatabase;
let world: World;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
});
afterAll(() => db.drop());

const ticketKeys = PERMISSION_KEYS.filter((key) => PERMISSIONS[key].resource === 'ticket');

interface Seen {
  authority: Authority | undefined;
  ids: Set<string>;
}

/** What one caller sees of these tickets by SQL, and the authority by which the code decides. */
async function sightOf(
  authority: Statement<unknown>,
  auth: Parameters<typeof statementWith>[0],
  among: readonly BuiltTicket[],
): Promise<Seen> {
  const list = statementWith(
    auth,
    qb
      .select({ id: tickets.id })
      .from(tickets)
      .where(
        sql`${inArray(
          tickets.id,
          among.map(({ id }) => id),
        )} and ${visible()}`,
      ),
  );
  const [found, rows] = await testKernel(db.url, NOW).db.batch([authority, list] as const, { kind: 'load' });
  const held =
    found !== undefined && found !== null && !('refusal' in (found as object)) ? (found as Authority) : undefined;
  return { authority: held, ids: new Set((rows as { id: string }[]).map(({ id }) => id)) };
}

const keySight = (built: BuiltWorld, n: number): Promise<Seen> => {
  const credential = parseApiKey(built.keys[n]?.key.token ?? '', null);
  if (credential === undefined) throw new TypeError('a test key parses');
  return sightOf(authorityQuery(credential, NOW), authorityCte(credential, NOW), built.tickets);
};

const memberSight = (built: BuiltWorld, n: number): Promise<Seen> => {
  const id = built.people[n]?.id;
  if (id === undefined) throw new TypeError('no such person');
  return sightOf(
    memberAuthorityQuery(id, NOW),
    authorityFrom(memberRows(sql`select ${idToUuid(id)}::uuid`), NOW),
    built.tickets,
  );
};

function holdEqual({ authority, ids }: Seen, among: readonly BuiltTicket[]): void {
  for (const ticket of among) {
    const byCode = !ticket.deleted && authority !== undefined && ticketArm(authority, ticket.facts) !== undefined;
    expect(ids.has(ticket.id), JSON.stringify(ticket.facts)).toBe(byCode);
    if (authority === undefined || ticket.deleted) continue;
    const acts = ticketKeys.some((key) => ticketDenial(authority, key, ticket.facts) === undefined);
    expect(acts && !byCode, 'whoever may act on a ticket sees it').toBe(false);
  }
}

test('what a list shows is exactly what a single read allows, for members and keys of any workspace', async () => {
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      for (const n of built.people.keys()) holdEqual(await memberSight(built, n), built.tickets);
      for (const n of built.keys.keys()) holdEqual(await keySight(built, n), built.tickets);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 180_000);

test('whoever sees a ticket is among its viewers, and nobody else', async () => {
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      const people = await Promise.all(built.people.map((_, n) => memberSight(built, n)));
      const members = memberRows(sql`select unnest(${sql.param(built.people.map(({ id }) => idToUuid(id)))}::uuid[])`);
      const kernel = testKernel(db.url, NOW);
      const asked = built.tickets.map(({ id }) => rows<{ holder_id: string }>(viewersOf(id, members, NOW)));
      const answers = (await kernel.db.batch(asked, { kind: 'load' })) as { holder_id: string }[][];
      for (const [t, { id, facts }] of built.tickets.entries()) {
        const viewers = new Set(answers[t]?.map(({ holder_id }) => uuidToId('prin', holder_id)));
        const seeing = built.people.filter((_, n) => people[n]?.ids.has(id)).map((person) => person.id);
        expect(viewers, JSON.stringify(facts)).toEqual(new Set(seeing));
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 180_000);

test('the function that steps through one authority and the definition for many give the same, to the letter', async () => {
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      const whole = (auth: SQL) =>
        rows(
          sql`with ${auth} select to_jsonb(auth.*) - '{refusal,scope_keys,last_used_at,withheld}'::text[] as facts from auth`,
        );
      const ids = built.people.map(({ id }) => sql`select ${idToUuid(id)}::uuid`);
      const keys = built.keys.map(({ key }) => {
        const credential = parseApiKey(key.token, null);
        if (credential === undefined) throw new TypeError('a test key parses');
        const hash = sql`${`\\x${Buffer.from(credential.secretHash).toString('hex')}`}::bytea`;
        const row = { key: sql`${idToUuid(key.id)}::uuid`, hash, ip: sql`null::inet`, now: sql`${NOW}::timestamptz` };
        return [authorityCte(credential, NOW), authorityFrom(keyRows(row), NOW)] as const;
      });
      const members = ids.map((id) => [membersCte(id, NOW), authorityFrom(memberRows(id), NOW)] as const);
      for (const pair of [...keys, ...members]) {
        const [stored, made] = await testKernel(db.url, NOW).db.batch(pair.map(whole), { kind: 'load' });
        expect(stored).toEqual(made);
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 180_000);

test('a key sees and may do nothing that its creator does not', async () => {
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      for (const [n, { creator }] of built.keys.entries()) {
        const key = await keySight(built, n);
        const person = await memberSight(built, built.people.indexOf(creator));
        // Its own principal filed none of these tickets, so nothing but the creator's power can show them.
        expect([...key.ids].filter((id) => !person.ids.has(id))).toEqual([]);
        for (const { facts, deleted } of built.tickets) {
          if (deleted || key.authority === undefined) continue;
          const wider = ticketKeys.filter(
            (each) =>
              ticketDenial(key.authority as Authority, each, facts) === undefined &&
              (person.authority === undefined || ticketDenial(person.authority, each, facts) !== undefined),
          );
          expect(wider).toEqual([]);
        }
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 180_000);

test('what a key has and what its scopes withhold is what its creator has, and a refusal tells the two apart', async () => {
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      for (const [n, { creator }] of built.keys.entries()) {
        const { authority: key } = await keySight(built, n);
        const { authority: person } = await memberSight(built, built.people.indexOf(creator));
        if (key === undefined || person === undefined) continue;
        const placesOf = ({ grants }: Authority) =>
          new Set(grants.map(({ key, scope, scopeId }) => [key, scope, scopeId].join()));
        const withheld = (key.withheld ?? []).flatMap(([scope, keys, ids]) =>
          keys.flatMap((each) => ids.map((id) => [each, scope, id].join())),
        );
        expect(withheld.filter((each) => placesOf(key).has(each))).toEqual([]);
        expect(new Set([...placesOf(key), ...withheld])).toEqual(placesOf(person));
        expect(key.withheld?.length).not.toBe(0);
        for (const { facts } of built.tickets)
          for (const each of ticketKeys.filter((one) => !covered(key, one, facts)))
            expect(ticketDenial(key, each, facts), `${each} ${JSON.stringify(facts)}`).toBe(
              covered(person, each, facts) ? 'key_scope' : 'missing_permission',
            );
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 180_000);

test('a permission that left the catalogue grants nothing, whether a role or a key names it', async () => {
  const creator = await world.member();
  await world.grant(creator, ['team.view', 'org.view']);
  const { token } = await world.keyFor(['team.view', 'org.view'], { creator });
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new Error('a fresh key parses');
  const held = async (): Promise<string> => {
    const [found] = await testKernel(db.url).db.batch([authorityQuery(credential, NOW)], { kind: 'load' });
    return JSON.stringify(found);
  };
  expect(await held()).toContain('org.view');
  await db.query("update permissions set retired_at = now() where key = 'org.view'");
  const after = await held();
  await db.query("update permissions set retired_at = null where key = 'org.view'");
  expect(after).not.toContain('org.view');
  expect(after).toContain('team.view');
});

test('what a role means follows its permissions at once, however they are written, and the catalogue', async () => {
  const roleId = await world.role(['org.manage', 'ticket.view_team']);
  const means = async () =>
    (await db.query<{ means: object }>('select means from roles where id = $1', [idToUuid(roleId)]))[0]?.means;
  const of = (key: string) => `role_permissions where role_id = '${idToUuid(roleId)}' and permission_key = '${key}'`;
  const sight = ['ticket.view_assigned', 'ticket.view_shared', 'ticket.view_team'];
  const seen = { workspace: sight, team: sight, inbox: ['ticket.view_assigned', 'ticket.view_team'] };
  expect(await means()).toEqual({ ...seen, workspace: ['org.manage', 'org.view', ...sight] });
  await db.query(`delete from ${of('org.manage')}`);
  expect(await means()).toEqual(seen);
  await db.query(`update role_permissions set permission_key = 'ticket.view_assigned'
    where role_id = '${idToUuid(roleId)}' and permission_key = 'ticket.view_team'`);
  const own = ['ticket.view_assigned'];
  expect(await means()).toEqual({ workspace: own, team: own, inbox: own });
  await db.query("update permissions set scope_kinds = '{workspace}' where key = 'ticket.view_assigned'");
  const cut = await means();
  await db.query("update permissions set scope_kinds = '{workspace,team,inbox}' where key = 'ticket.view_assigned'");
  expect(cut).toEqual({ workspace: own });
  await db.query(`delete from ${of('ticket.view_assigned')}`);
  expect(await means()).toEqual({});
});

test('two who write the permissions of one role at once leave it meaning both', async () => {
  const roleId = idToUuid(await world.role(['team.view']));
  const writers = [new pg.Client({ connectionString: db.url }), new pg.Client({ connectionString: db.url })] as const;
  const give = (n: 0 | 1, key: string) =>
    writers[n].query('insert into role_permissions (role_id, permission_key) values ($1, $2)', [roleId, key]);
  try {
    for (const writer of writers) {
      await writer.connect();
      await writer.query('begin');
    }
    await give(0, 'org.view');
    const later = give(1, 'sla.view');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await writers[0].query('commit');
    await later;
    await writers[1].query('commit');
  } finally {
    for (const writer of writers) await writer.end();
  }
  const [role] = await db.query<{ means: object }>('select means from roles where id = $1', [roleId]);
  expect(role?.means).toEqual({ workspace: ['org.view', 'sla.view', 'team.view'], team: ['team.view'] });
});
