import { type SQL, sql } from 'drizzle-orm';
import type { AccessChange } from '#schema/api/access.ts';
import { idToUuid } from '#schema/ids.ts';
import type { AuthoritySources } from '#services/access/authority-sql.ts';
import { scopeColumns } from '#services/access/roles/grant-scope.ts';

type Change<K extends AccessChange['kind']> = Extract<AccessChange, { kind: K }>;

const of = <K extends AccessChange['kind']>(changes: readonly AccessChange[], kind: K): Change<K>[] =>
  changes.filter((change): change is Change<K> => change.kind === kind);

const uuid = (id: Parameters<typeof idToUuid>[0]): SQL => sql`${idToUuid(id)}::uuid`;

/** A subquery of `stored`, and of rows beside it when there are any. */
const withRows = (stored: SQL, made: readonly SQL[]): SQL =>
  made.length === 0 ? sql`(${stored})` : sql`(${stored} union all values ${sql.join([...made], sql`, `)})`;

const among = (column: SQL, values: readonly SQL[]): SQL =>
  values.length === 0 ? sql`false` : sql`${column} in (${sql.join([...values], sql`, `)})`;

/** A column as it would be: of the named rows as the changes say, of all others as stored. */
function overlaid(id: SQL, stored: SQL, cases: readonly { id: SQL; value: SQL }[]): SQL {
  if (cases.length === 0) return stored;
  return sql`case ${id} ${sql.join(
    // The last change of a row counts; `case` takes the first that fits.
    cases.toReversed().map((each) => sql`when ${each.id} then ${each.value} `),
  )}else ${stored} end`;
}

/** What authority would be read from with the changes made. */
export function overlaidSources(changes: readonly AccessChange[], now: Date): Partial<AuthoritySources> {
  const roles = [...new Map(of(changes, 'setRolePermissions').map((change) => [change.roleId, change])).values()];
  const memberships = [
    ...new Map(of(changes, 'membership').map((change) => [`${change.teamId}:${change.principalId}`, change])).values(),
  ];
  const archived = of(changes, 'archiveTeam').map(({ teamId }) => uuid(teamId));
  return {
    assignments: withRows(
      sql`select id, principal_id, role_id, scope_kind, team_id, inbox_id, expires_at, revoked_at
        from principal_role_assignments where not (${among(
          sql`id`,
          of(changes, 'revoke').map(({ assignmentId }) => uuid(assignmentId)),
        )})`,
      of(changes, 'grant').map(grantRow),
    ),
    rolePermissions: withRows(
      sql`select role_id, permission_key from role_permissions where not (${among(
        sql`role_id`,
        roles.map(({ roleId }) => uuid(roleId)),
      )})`,
      roles.flatMap(({ roleId, permissions }) =>
        [...new Set(permissions)].map((key) => sql`(${uuid(roleId)}, ${key}::text)`),
      ),
    ),
    memberships: withRows(
      sql`select team_id, principal_id from team_memberships where not (${among(
        sql`(team_id, principal_id)`,
        memberships.map(({ teamId, principalId }) => sql`(${uuid(teamId)}, ${uuid(principalId)})`),
      )})`,
      memberships
        .filter(({ role }) => role !== null)
        .map(({ teamId, principalId }) => sql`(${uuid(teamId)}, ${uuid(principalId)})`),
    ),
    teams: sql`(select id, ${overlaid(
      sql`id`,
      sql`archived_at`,
      archived.map((id) => ({ id, value: sql`coalesce(archived_at, ${now.toISOString()}::timestamptz)` })),
    )} as archived_at from teams)`,
  };
}

/** A grant that is not made yet has no id of its own; its place among the changes stands for one. */
const grantRow = ({ principalId, roleId, scope, expiresAt }: Change<'grant'>, n: number): SQL => {
  const { scopeKind, teamId, inboxId } = scopeColumns(scope);
  const place = (id: typeof teamId | typeof inboxId): SQL => sql`${id === null ? null : idToUuid(id)}::uuid`;
  const id = `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;
  return sql`(${id}::uuid, ${uuid(principalId)}, ${uuid(roleId)}, ${scopeKind}::text, ${place(teamId)}, ${place(inboxId)}, ${expiresAt ?? null}::timestamptz, null::timestamptz)`;
};

/** The state of a member, as stored in `p`, under the changes. */
export const overlaidState = (p: SQL, changes: readonly AccessChange[]): SQL =>
  overlaid(
    sql`${p}.id`,
    sql`${p}.member_state`,
    of(changes, 'memberState').map(({ principalId, state }) => ({ id: uuid(principalId), value: sql`${state}::text` })),
  );

/** The scopes of a key, as stored in `k`, under the changes. */
export const overlaidScopes = (changes: readonly AccessChange[]): SQL =>
  overlaid(
    sql`k.id`,
    sql`k.scope_keys`,
    of(changes, 'keyScopes').map(({ keyId, scopes }) => ({
      id: uuid(keyId),
      value: sql`${sql.param(scopes)}::text[]`,
    })),
  );

/** Everybody and every key that the changes may touch, as subqueries of one uuid column each. */
export function touched(changes: readonly AccessChange[]): { members: SQL; keys: SQL } {
  const members = changes.flatMap((change): SQL[] => {
    switch (change.kind) {
      case 'setRolePermissions':
        return [
          sql`select principal_id from principal_role_assignments where role_id = ${uuid(change.roleId)} and revoked_at is null`,
        ];
      case 'revoke':
        return [sql`select principal_id from principal_role_assignments where id = ${uuid(change.assignmentId)}`];
      case 'archiveTeam':
        return [
          sql`select principal_id from team_memberships where team_id = ${uuid(change.teamId)}`,
          sql`select principal_id from principal_role_assignments where team_id = ${uuid(change.teamId)} and revoked_at is null`,
        ];
      case 'keyScopes':
        return [];
      default:
        return [sql`select ${uuid(change.principalId)}`];
    }
  });
  const keys = [
    ...of(changes, 'keyScopes').map(({ keyId }) => sql`select ${uuid(keyId)}`),
    ...of(changes, 'archiveTeam').map(
      ({ teamId }) => sql`select id from api_keys where ${uuid(teamId)} = any (team_ids)`,
    ),
  ];
  const none = sql`select null::uuid`;
  return { members: sql.join([none, ...members], sql` union all `), keys: sql.join([none, ...keys], sql` union all `) };
}
