import { type SQL, sql } from 'drizzle-orm';
import type { AccessChange, AccessDifference, AccessPreview } from '#schema/api/access.ts';
import { type Id, uuidToId } from '#schema/ids.ts';
import { authorityFrom } from '#services/access/authority-sql.ts';
import { visible } from '#services/access/visible.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { scopeOf } from './because.ts';
import { overlaidScopes, overlaidSources, overlaidState, touched } from './overlay.ts';

/** So many people and keys are compared; beyond it the answer says that there are more. */
const MOST_DIFFERENCES = 100;
const MOST_TICKETS = 1000;
const MOST_SAMPLES = 10;

type Placed = [key: string, scope: 'workspace' | 'team' | 'inbox', scopeId: string | null];

interface Row extends Record<string, unknown> {
  key_id: string | null;
  holder_id: string;
  label: string;
  permissions_gained: Placed[];
  permissions_lost: Placed[];
  tickets_gained: { number: number; samples: Id<'tkt'>[] };
  tickets_lost: { number: number; samples: Id<'tkt'>[] };
}

/**
 * `auth` now beside `auth` with the changes made, for everybody and every key they may touch: who differs, in which
 * permissions and in how many tickets. Samples are those that the caller, relation `auth`, sees.
 */
export function differenceQuery(changes: readonly AccessChange[], auth: SQL, now: Date): Statement<AccessDifference[]> {
  const query = rows<Row>(sql`with ${auth},
    before as materialized (${authoritiesOf(authorityFrom(subjects(changes, [], now), now))}),
    after as materialized (${authoritiesOf(authorityFrom(subjects(changes, changes, now), now, overlaidSources(changes, now)))}),
    changed as materialized (
      select cred_id, coalesce(b.key_id, a.key_id) as key_id, coalesce(b.holder_id, a.holder_id) as holder_id, coalesce(b.label, a.label) as label,
        coalesce(b.placed, '[]') as had, coalesce(a.placed, '[]') as has,
        b.reach is distinct from a.reach and not coalesce(b.sees_all and a.sees_all, false) as moved
      from before b full join after a using (cred_id)
      where b.reach is distinct from a.reach or b.placed is distinct from a.placed
      order by cred_id limit ${MOST_DIFFERENCES + 1})
    select c.key_id, c.holder_id, c.label,
      ${minus(sql`c.has`, sql`c.had`)} as permissions_gained, ${minus(sql`c.had`, sql`c.has`)} as permissions_lost,
      ${ticketsSeenBy('after', 'before')} as tickets_gained, ${ticketsSeenBy('before', 'after')} as tickets_lost
    from changed c order by c.cred_id`);
  return { ...query, read: (result) => query.read(result).map(viewOf) };
}

/** What is told of the differences that were found. A place in reach that holds no ticket makes none to anybody. */
export const differenceOf = (found: readonly AccessDifference[]): Pick<AccessPreview, 'differences' | 'more'> => ({
  differences: found.slice(0, MOST_DIFFERENCES).filter(isDifferent),
  more: found.length > MOST_DIFFERENCES,
});

const isDifferent = ({ permissions, tickets }: AccessDifference): boolean =>
  permissions.gained.length + permissions.lost.length + tickets.gained.number + tickets.lost.number > 0;

const viewOf = (row: Row): AccessDifference => ({
  kind: row.key_id === null ? 'member' : 'api_key',
  principalId: uuidToId('prin', row.holder_id),
  keyId: row.key_id === null ? null : uuidToId('key', row.key_id),
  name: row.label,
  permissions: { gained: row.permissions_gained.map(placedOf), lost: row.permissions_lost.map(placedOf) },
  tickets: { gained: counted(row.tickets_gained), lost: counted(row.tickets_lost) },
});

const placedOf = ([permission, kind, id]: Placed) => ({ permission, scope: scopeOf(kind, id) });

const counted = ({ number, samples }: Row['tickets_gained']) => ({
  number: Math.min(number, MOST_TICKETS),
  more: number > MOST_TICKETS,
  samples,
});

/** Authorities with what is compared of them: permissions by place, and all that decides which tickets are seen. */
const authoritiesOf = (authority: SQL): SQL => sql`with ${authority}
  select auth.*, to_jsonb(auth.*) - '{grants,digest,label}'::text[] as reach,
    coalesce(e.placed, '[]') as placed, all_ws and limit_teams is null and limit_inboxes is null as sees_all
  from auth left join (
    select cred_id, jsonb_agg(distinct jsonb_build_array(key, scope_kind, scope_id)) as placed from effective group by cred_id
  ) e on e.cred_id = auth.cred_id`;

const minus = (left: SQL, right: SQL): SQL => sql`(select coalesce(jsonb_agg(g order by g), '[]') from (
  select jsonb_array_elements(${left}) as g except select jsonb_array_elements(${right})) d)`;

const ticketsSeenBy = (seeing: 'before' | 'after', blind: 'before' | 'after'): SQL => sql`(
  with seeing as materialized (select s.* from ${sql.raw(seeing)} s where s.cred_id = c.cred_id),
    blind as materialized (select s.* from ${sql.raw(blind)} s where s.cred_id = c.cred_id),
    found as materialized (
      select tickets.id from tickets where c.moved and ${visible('seeing')} and not coalesce(${visible('blind')}, false)
      limit ${MOST_TICKETS + 1})
  select jsonb_build_object('number', (select count(*) from found), 'samples', array(
    select public.to_typeid('tkt', tickets.id) from found join tickets on tickets.id = found.id
    where ${visible()} order by tickets.id desc limit ${MOST_SAMPLES})))`;

/** Members and live keys that `changes` may touch, in the state that `made` would put them in. */
function subjects(changes: readonly AccessChange[], made: readonly AccessChange[], now: Date): SQL {
  const { members, keys } = touched(changes);
  const refusal = sql`case when ${overlaidState(sql`p`, made)} is distinct from 'active' then 'member_inactive' end`;
  return sql`
    select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
      null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, ${refusal} as refusal
    from principal p where p.member_state is not null and p.id in (${members})
    union all
    select k.id, k.id, k.principal_id, k.creator_principal_id, k.name, ${overlaidScopes(made)}, k.team_ids, k.inbox_ids, ${refusal}
    from api_keys k join principal p on p.id = k.creator_principal_id
    where k.revoked_at is null and (k.expires_at is null or k.expires_at > ${now})
      and (k.creator_principal_id in (${members}) or k.id in (${keys}))`;
}
