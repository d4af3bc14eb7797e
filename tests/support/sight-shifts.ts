import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { type Id, idToUuid } from '#schema/ids.ts';
import { keyCtes } from '#services/access/api-keys/key-queries.ts';
import { membersCte } from '#services/access/authority-sql.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { visible } from '#services/access/visible.ts';
import { rows } from '#services/kernel/query.ts';
import type { AccessDesk } from './access-desk.ts';
import type { BuiltTicket, BuiltWorld } from './build-access-world.ts';
import { testKernel } from './kernel.ts';

export type Sight = Map<string, ReadonlySet<string>>;

/** The tickets of this world that each of its people and keys sees. */
export async function sightOf({ db }: Pick<AccessDesk, 'db'>, built: BuiltWorld, now: Date): Promise<Sight> {
  const auths = [
    ...built.people.map(({ id }) => [id, membersCte(sql`select ${idToUuid(id)}::uuid`, now)] as const),
    ...built.keys.map(({ key }) => [key.id, keyCtes(key.id, now)] as const),
  ];
  const lists = auths.map(([, auth]) =>
    rows<{ id: string }>(sql`with ${auth} select id from tickets where ${visible()}`),
  );
  const found = (await testKernel(db.url, now).db.batch(lists, { kind: 'load' })) as { id: string }[][];
  return new Map(auths.map(([id], n) => [id, new Set(found[n]?.map((row) => row.id))]));
}

export const GIVES = ['grant', 'membership', 'seat', 'share'] as const;
export const TAKES = ['limitTeams', 'limitInboxes', 'scope', 'revoke'] as const;
/** One of these kinds, and picks among what is there. */
export const shiftOf = (kinds: readonly (typeof GIVES)[number][] | readonly (typeof TAKES)[number][]) =>
  fc.record({
    kind: fc.constantFrom(...(kinds as readonly ((typeof GIVES)[number] | (typeof TAKES)[number])[])),
    a: fc.nat(),
    b: fc.nat(),
    flag: fc.boolean(),
    permissions: fc.subarray([...TICKET_VIEWS], { minLength: 1 }),
  });
type Shift = ReturnType<typeof shiftOf> extends fc.Arbitrary<infer T> ? T : never;

/** Gives somebody something, or takes something from somebody or their key, straight in the tables. */
export async function shiftIn(
  { db, world }: Pick<AccessDesk, 'db' | 'world'>,
  built: BuiltWorld,
  { kind, a, b, flag, permissions }: Shift,
): Promise<void> {
  const pick = <T>(all: readonly T[], n: number): T => all[n % all.length] as T;
  const places = (of: (each: BuiltTicket) => (Id | null)[]): string[] =>
    [...new Set(built.tickets.flatMap(of))]
      .filter((id) => id !== null)
      .map(idToUuid)
      .toSorted();
  const team = pick(
    places(({ facts }) => [facts.primaryTeamId, facts.assigneeTeamId]),
    b,
  );
  const inbox = pick(
    places(({ facts }) => [facts.inboxId]),
    b,
  );
  const person = idToUuid(pick(built.people, a).id);
  const key = idToUuid(pick(built.keys, a).key.id);
  switch (kind) {
    case 'grant':
      await db.query(
        `insert into principal_role_assignments (principal_id, role_id, scope_kind, team_id) values ($1, $2, $3, $4)`,
        [person, idToUuid(await world.role(permissions)), flag ? 'team' : 'workspace', flag ? team : null],
      );
      return;
    case 'membership':
      await db.query('insert into team_memberships (team_id, principal_id) values ($1, $2) on conflict do nothing', [
        team,
        person,
      ]);
      return;
    case 'seat':
      await db.query(
        'insert into inbox_memberships (inbox_id, principal_id, role) values ($1, $2, $3) on conflict do nothing',
        [inbox, person, flag ? 'viewer' : 'agent'],
      );
      return;
    case 'share':
      await db.query(
        `insert into ticket_shares (id, ticket_id, team_id, level, actor_kind) values ($1, $2, $3, 'read', 'system') on conflict do nothing`,
        [idToUuid(world.newId('tshare')), idToUuid(pick(built.tickets, a).id), team],
      );
      return;
    case 'limitTeams':
      await db.query('update api_keys set team_ids = array[$2::uuid] where id = $1 and team_ids is null', [key, team]);
      return;
    case 'limitInboxes':
      await db.query('update api_keys set inbox_ids = array[$2::uuid] where id = $1 and inbox_ids is null', [
        key,
        inbox,
      ]);
      return;
    case 'scope':
      await db.query('update api_keys set scope_keys = scope_keys[2:] where id = $1 and cardinality(scope_keys) > 1', [
        key,
      ]);
      return;
    case 'revoke':
      await db.query(
        `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where id = (
          select id from principal_role_assignments where principal_id = $1 and revoked_at is null order by id limit 1)`,
        [person],
      );
  }
}
