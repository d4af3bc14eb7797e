import { type SQL, sql } from 'drizzle-orm';
import type { AccessResource, Passing } from '#schema/api/access.ts';
import { idToUuid } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { becauseOf } from './because.ts';
import { checkAccess, requirePermission } from './check.ts';
import { resourceQueries, seenResource } from './resource.ts';
import { type Seat, seatsQuery } from './seat.ts';
import { carriersOf } from './subject.ts';

export interface WhoCanInput {
  permission: string;
  resource: AccessResource | undefined;
  limit: number;
  cursor: string | undefined;
}

/** So many holders of the permission are looked at for a page, whoever of them passes. */
const CANDIDATES = 250;

/**
 * The members and live keys that may do something, and why, in the order of their ids. A page may hold fewer than asked,
 * or none, and say that there is more: the rest of the holders has not been looked at.
 * @throws ServiceError not_found; forbidden; unprocessable `unknown_permission`.
 */
export const whoCan = defineRead({
  name: 'whoCan',
  permission: 'admin.manage_users',
  load: (input: WhoCanInput, { now, keys }) => ({
    ...resourceQueries(input.resource),
    seats: seatsQuery(candidates(input, now, keys), now, [
      input.permission,
      ...TICKET_VIEWS,
      'team.view',
      'inbox.view',
    ]),
  }),
  decide(loaded, input, { authority, keys }) {
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'admin.manage_users', single: false });
    const resource = seenResource(loaded, input.resource, authority);
    const key = requirePermission(input.permission);
    const looked = loaded.seats.slice(0, CANDIDATES);
    const passing: { seat: Seat; entry: Passing }[] = [];
    for (const seat of looked) {
      const { allowed, level } = checkAccess(seat.authority, key, resource);
      if (allowed)
        passing.push({ seat, entry: { ...subjectView(seat), level, because: becauseOf(seat, key, resource) } });
    }
    const shown = passing.slice(0, input.limit);
    const hasMore = passing.length > input.limit || loaded.seats.length > CANDIDATES;
    const last = passing.length > input.limit ? shown.at(-1)?.seat : looked.at(-1);
    const next = hasMore && last !== undefined ? writeCursor(keys, placeOf(input), [credentialOf(last)]) : null;
    return unchanged(permit, { data: shown.map(({ entry }) => entry), page: { next, hasMore } });
  },
});

export const subjectView = ({ authority: { keyId, holderId, label } }: Pick<Seat, 'authority'>) => ({
  kind: keyId === null ? ('member' as const) : ('api_key' as const),
  principalId: holderId,
  keyId,
  name: label,
});

const credentialOf = ({ authority: { keyId, holderId } }: Seat): string => idToUuid(keyId ?? holderId);

const placeOf = ({ permission, resource }: WhoCanInput): CursorPlace => ({
  operation: 'whoCan',
  sort: 'id',
  filter: { permission, resource: resource ?? null },
});

/** Active members whose roles or inboxes bring the permission along somewhere, and live keys of theirs that name it. */
function candidates(input: WhoCanInput, now: Date, keys: KeyRing): SQL {
  const carriers = sql`${sql.param(carriersOf(input.permission))}::text[]`;
  const after = afterOf(input, keys);
  const byInbox = input.permission.startsWith('inbox.')
    ? sql`or exists (select from inbox_memberships m where m.principal_id = p.id)`
    : sql``;
  return sql`
    select * from (
      select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
        null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal
      from principal p
      where p.member_state = 'active' and ${after(sql`p.id`)} and (exists (
        select from principal_role_assignments a join role_permissions rp on rp.role_id = a.role_id
        where a.principal_id = p.id and a.revoked_at is null and rp.permission_key = any (${carriers})) ${byInbox})
      union all
      select k.id, k.id, k.principal_id, k.creator_principal_id, k.name, k.scope_keys, k.team_ids, k.inbox_ids, null
      from api_keys k join principal h on h.id = k.creator_principal_id and h.member_state = 'active'
      where k.revoked_at is null and (k.expires_at is null or k.expires_at > ${now}) and ${after(sql`k.id`)}
        and k.scope_keys && ${carriers}
    ) holders order by cred_id limit ${CANDIDATES + 1}`;
}

function afterOf(input: WhoCanInput, keys: KeyRing): (column: SQL) => SQL {
  if (input.cursor === undefined) return () => sql`true`;
  const [id] = readCursor(keys, placeOf(input), input.cursor);
  return (column) => sql`${column} > ${String(id)}::uuid`;
}
