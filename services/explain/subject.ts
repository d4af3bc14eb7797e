import { type SQL, sql } from 'drizzle-orm';
import type { AccessMissing } from '#schema/api/access.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { MEMBER_STATES, ValueOf } from '#schema/values.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Loading } from '#services/kernel/verb.ts';
import { scopeOf } from './because.ts';
import { assignmentId, seatsQuery } from './seat.ts';

/** Whom it is about: a member, a key, or whoever asks. */
export type Asked = { principalId: Id<'prin'> } | { keyId: Id<'key'> } | 'caller';

/** As the wire names it: at most one of the two. */
export function askedOf(named: { principalId?: Id<'prin'> | undefined; keyId?: Id<'key'> | undefined }): Asked {
  if (named.keyId !== undefined) return { keyId: named.keyId };
  return named.principalId === undefined ? 'caller' : { principalId: named.principalId };
}

/** The member behind the subject, the key if it is one, and what a token is cut to: subqueries of one value. */
interface Named {
  with: SQL;
  holder: SQL;
  key: SQL;
  scopes: SQL;
}

function nameOf(asked: Asked, auth: SQL): Named {
  if (asked === 'caller')
    return {
      with: sql`with ${auth}`,
      holder: sql`select holder_id from auth`,
      key: sql`select key_id from auth`,
      scopes: sql`select scope_keys from auth where key_id is null`,
    };
  const stored = { with: sql``, scopes: sql`select null::text[]` };
  if ('principalId' in asked)
    return { ...stored, holder: sql`select ${idToUuid(asked.principalId)}::uuid`, key: sql`select null::uuid` };
  const id = sql`${idToUuid(asked.keyId)}::uuid`;
  return {
    ...stored,
    holder: sql`select creator_principal_id from api_keys where id = ${id}`,
    key: sql`select ${id}`,
  };
}

/** Whoever it is about, and the state that a credential of theirs is checked for. */
export interface SubjectFacts {
  holderId: Id<'prin'>;
  memberState: ValueOf<typeof MEMBER_STATES>;
  key: { scopes: readonly string[]; revokedAt: Date | null; expiresAt: Date | null } | null;
  /** Of a token of an issuer with a scope claim: what it leaves of its person. */
  tokenScopes: readonly string[] | null;
}

interface FactsRow extends Record<string, unknown> {
  holder_id: string;
  member_state: SubjectFacts['memberState'];
  key_id: string | null;
  scope_keys: string[] | null;
  token_scopes: string[] | null;
  revoked_at: string | null;
  expires_at: string | null;
}

interface GrantRow extends Record<string, unknown> {
  id: string;
  role_key: string;
  scope_kind: 'workspace' | 'team' | 'inbox';
  scope_id: string | null;
  expires_at: string | null;
  archived: boolean;
}

const MOST_GRANTS_SHOWN = 50;

export function subjectQueries(asked: Asked, permission: string, { auth, now }: Pick<Loading, 'auth' | 'now'>) {
  const named = nameOf(asked, auth);
  return {
    subject: factsQuery(named),
    seats: seatsQuery(asIfActive(named), now),
    idle: idleGrantsQuery(named, permission, now),
  };
}

function factsQuery({ with: ctes, holder, key, scopes }: Named): Statement<SubjectFacts | undefined> {
  const query = rows<FactsRow>(sql`${ctes}
    select h.id as holder_id, h.member_state, k.id as key_id, k.scope_keys, (${scopes}) as token_scopes, k.revoked_at, k.expires_at
    from principal h left join api_keys k on k.id = (${key})
    where h.id = (${holder}) and h.member_state is not null`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return undefined;
      return {
        holderId: uuidToId('prin', row.holder_id),
        memberState: row.member_state,
        tokenScopes: row.token_scopes,
        key:
          row.key_id === null
            ? null
            : { scopes: row.scope_keys ?? [], revokedAt: instant(row.revoked_at), expiresAt: instant(row.expires_at) },
      };
    },
  };
}

/** No UUIDv7 looks like it: a person as far as their token goes, beside the person. */
const TOKEN = sql.raw(`'00000000-0000-0000-0000-000000000001'::uuid`);

/** The member behind it and, for a key or a cut token, that: what they could do if nothing but their grants counted. */
const asIfActive = ({ with: ctes, holder, key, scopes }: Named): SQL => sql`select x.* from (${ctes}
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal
  from principal p where p.member_state is not null and p.id = (${holder})
  union all
  select ${TOKEN}, null, p.id, p.id, p.display_name, t.keys, null, null, null
  from principal p cross join (select (${scopes}) as keys) t where t.keys is not null and p.id = (${holder})
  union all
  select k.id, k.id, k.principal_id, k.creator_principal_id, k.name, k.scope_keys, k.team_ids, k.inbox_ids, null
  from api_keys k where k.id = (${key})) x`;

/** Roles with one of these bring the permission along. */
export const carriersOf = (key: string): string[] =>
  PERMISSION_KEYS.filter((each) => each === key || PERMISSIONS[each].implies.includes(key));

/** Grants that name the permission and give nothing: at a scope it is inert at, at an archived place, or over. */
function idleGrantsQuery({ with: ctes, holder }: Named, key: string, now: Date): Statement<AccessMissing[]> {
  const query = rows<GrantRow>(sql`${ctes}
    select a.id, r.key as role_key, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at,
      (t.archived_at is not null or i.archived_at is not null) as archived
    from principal_role_assignments a
      join roles r on r.id = a.role_id
      left join teams t on t.id = a.team_id
      left join inboxes i on i.id = a.inbox_id
    where a.principal_id = (${holder}) and (a.revoked_at is null or a.revoke_reason = 'expired')
      and exists (select from role_permissions rp where rp.role_id = r.id and rp.permission_key = any (${sql.param(carriersOf(key))}::text[]))
    order by a.created_at desc limit ${MOST_GRANTS_SHOWN}`);
  return { ...query, read: (result) => query.read(result).flatMap((row) => idle(row, key, now)) };
}

function idle(row: GrantRow, key: string, now: Date): AccessMissing[] {
  const expiresAt = instant(row.expires_at);
  const about = {
    assignmentId: assignmentId(row.id),
    roleKey: row.role_key,
    scope: scopeOf(row.scope_kind, row.scope_id),
  };
  const isInert = !(PERMISSIONS[key as Permission]?.scopeKinds ?? []).includes(row.scope_kind);
  return [
    isInert ? [{ reason: 'inert_scope' as const, ...about }] : [],
    row.archived ? [{ reason: 'archived' as const, ...about }] : [],
    expiresAt !== null && expiresAt <= now
      ? [{ reason: 'expired' as const, ...about, since: expiresAt.toISOString() }]
      : [],
  ].flat();
}

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text));
