import { type SQL, sql } from 'drizzle-orm';
import type { AccessMissing } from '#schema/api/access.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { MEMBER_STATES, ValueOf } from '#schema/values.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '../permissions.ts';
import { scopeOf } from './because.ts';
import { assignmentId, seatsQuery } from './seat.ts';

/** Whom it is about: a member, or a key. */
export type Asked = { principalId: Id<'prin'> } | { keyId: Id<'key'> };

/** As the wire names it, one of the two. */
export function askedOf({
  principalId,
  keyId,
}: {
  principalId?: Id<'prin'> | undefined;
  keyId?: Id<'key'> | undefined;
}): Asked {
  if (keyId !== undefined) return { keyId };
  if (principalId === undefined) throw new TypeError('the contract asks for a member or a key');
  return { principalId };
}

/** Whoever it is about, and the state that a credential of theirs is checked for. */
export interface SubjectFacts {
  holderId: Id<'prin'>;
  memberState: ValueOf<typeof MEMBER_STATES>;
  key: { scopes: readonly string[]; revokedAt: Date | null; expiresAt: Date | null } | null;
}

interface FactsRow extends Record<string, unknown> {
  holder_id: string;
  member_state: SubjectFacts['memberState'];
  key_id: string | null;
  scope_keys: string[] | null;
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

export const subjectQueries = (asked: Asked, key: string, now: Date) => ({
  subject: factsQuery(asked),
  seats: seatsQuery(asIfActive(asked), now),
  idle: idleGrantsQuery(holderOf(asked), key, now),
});

function factsQuery(asked: Asked): Statement<SubjectFacts | undefined> {
  const query = rows<FactsRow>(
    'keyId' in asked
      ? sql`select h.id as holder_id, h.member_state, k.id as key_id, k.scope_keys, k.revoked_at, k.expires_at
          from api_keys k join principal h on h.id = k.creator_principal_id where k.id = ${idToUuid(asked.keyId)}::uuid`
      : sql`select h.id as holder_id, h.member_state, null as key_id, null as scope_keys, null as revoked_at, null as expires_at
          from principal h where h.id = ${idToUuid(asked.principalId)}::uuid and h.member_state is not null`,
  );
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return undefined;
      return {
        holderId: uuidToId('prin', row.holder_id),
        memberState: row.member_state,
        key:
          row.key_id === null
            ? null
            : { scopes: row.scope_keys ?? [], revokedAt: instant(row.revoked_at), expiresAt: instant(row.expires_at) },
      };
    },
  };
}

/** The member behind it and, for a key, the key: what they could do if nothing but their grants counted. */
function asIfActive(asked: Asked): SQL {
  const person = sql`select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
      null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal
    from principal p where p.member_state is not null and p.id in (${holderOf(asked)})`;
  if (!('keyId' in asked)) return person;
  return sql`${person} union all
    select k.id, k.id, k.principal_id, k.creator_principal_id, k.name, k.scope_keys, k.team_ids, k.inbox_ids, null
    from api_keys k where k.id = ${idToUuid(asked.keyId)}::uuid`;
}

const holderOf = (asked: Asked): SQL =>
  'keyId' in asked
    ? sql`select creator_principal_id from api_keys where id = ${idToUuid(asked.keyId)}::uuid`
    : sql`select ${idToUuid(asked.principalId)}::uuid`;

/** Roles with one of these bring the permission along. */
export const carriersOf = (key: string): string[] =>
  PERMISSION_KEYS.filter((each) => each === key || PERMISSIONS[each].implies.includes(key));

/** Grants that name the permission and give nothing: at a scope it is inert at, at an archived place, or over. */
function idleGrantsQuery(holder: SQL, key: string, now: Date): Statement<AccessMissing[]> {
  const query = rows<GrantRow>(sql`
    select a.id, r.key as role_key, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at,
      (t.archived_at is not null or i.archived_at is not null) as archived
    from principal_role_assignments a
      join roles r on r.id = a.role_id
      left join teams t on t.id = a.team_id
      left join inboxes i on i.id = a.inbox_id
    where a.principal_id in (${holder}) and (a.revoked_at is null or a.revoke_reason = 'expired')
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
