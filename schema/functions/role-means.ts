import { type SqlObject, sqlFunction } from './sql-object.ts';

/**
 * Keeps `roles.means`: by kind of place, in order, every permission that a role gives there, closed under `implies` and
 * without what is retired or inert. Authority reads one row of each role with every request; roles and catalogue change seldom.
 */
export const keepRoleMeans: SqlObject = sqlFunction(
  'keep_role_means',
  `
create function public.keep_role_means() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $body$
declare
  touched_ids uuid[];
begin
  if tg_table_name = 'permissions' then
    -- A role that is being changed at this moment is waited for, and the next one waits: neither works with half of it.
    lock table public.role_permissions in share mode;
  elsif tg_op <> 'UPDATE' then
    touched_ids := array(select distinct t.role_id from touched t);
  end if;
  -- A statement of its own: the next one then sees what another writer of the same role has committed meanwhile.
  perform from public.roles r where touched_ids is null or r.id = any (touched_ids) order by r.id for no key update;
  update public.roles r set means = n.means
  from (
    select x.id, coalesce(jsonb_object_agg(g.kind, g.keys) filter (where g.kind is not null), '{}') as means
    from public.roles x left join (
      select rp.role_id, k.kind, jsonb_agg(distinct q.key order by q.key) as keys
      from public.role_permissions rp
        join public.permissions p on p.key = rp.permission_key and p.retired_at is null
        cross join lateral unnest(p.key || p.implies) m (key)
        join public.permissions q on q.key = m.key and q.retired_at is null
        cross join lateral unnest(q.scope_kinds) k (kind)
      where touched_ids is null or rp.role_id = any (touched_ids)
      group by rp.role_id, k.kind) g on g.role_id = x.id
    where touched_ids is null or x.id = any (touched_ids)
    group by x.id) n
  where r.id = n.id and r.means is distinct from n.means;
  return null;
end
$body$`,
);

const trigger = (name: string, when: string): SqlObject => ({
  name,
  kind: 'trigger',
  sql: `create trigger ${name} after ${when} for each statement execute function public.${keepRoleMeans.name}()`,
});

/** The triggers behind `roles.means`, by the table that they stand on. */
export const ROLE_MEANS_TRIGGERS: Readonly<Record<string, readonly SqlObject[]>> = {
  permissions: [trigger('permissions_role_means', 'insert or update or delete on public.permissions')],
  role_permissions: [
    trigger('role_permissions_given', 'insert on public.role_permissions referencing new table as touched'),
    trigger('role_permissions_moved', 'update on public.role_permissions'),
    trigger('role_permissions_taken', 'delete on public.role_permissions referencing old table as touched'),
  ],
};
