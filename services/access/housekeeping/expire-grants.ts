import { type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { instantText, MOST_ROWS, moment, requestUuid } from './sql-parts.ts';

/**
 * Ends grants whose time is over: the rows, the event numbers of their holders, audit and events, each from the rows that
 * the one before gives back. Answers the events.
 */
export const expireGrants = ({ now, request }: Kernel): SQL => sql`
with due as (
  select id from principal_role_assignments where revoked_at is null and expires_at <= ${moment(now)}
  order by expires_at limit ${MOST_ROWS} for update skip locked
), ended as (
  update principal_role_assignments a set revoked_at = ${moment(now)}, revoke_reason = 'expired'
  from due where a.id = due.id and a.revoked_at is null
  returning a.*
), counted as (
  select principal_id, count(*)::int as n from ended group by 1
), touched as (
  update principal p set revision = p.revision + 1, event_seq = p.event_seq + c.n from counted c where p.id = c.principal_id
  returning p.id, p.display_name, p.event_seq - c.n as told_before
), told as (
  select uuidv7() as event_id, e.*, t.display_name, r.key as role_key,
    t.told_before + row_number() over (partition by e.principal_id order by e.expires_at, e.id) as entity_seq,
    array(select rp.permission_key from role_permissions rp join permissions q on q.key = rp.permission_key and q.retired_at is null
      where rp.role_id = e.role_id and not e.scope_kind = any (q.scope_kinds) order by 1) as inert
  from ended e join touched t on t.id = e.principal_id join roles r on r.id = e.role_id
), audited as (
  insert into audit_events (action, actor_kind, actor_label, target_type, target_id, target_label, changed_fields, changes, event_id,
    surface, request_id, occurred_at)
  select 'role_assignment.revoked', 'system', 'Mallard', 'principal', principal_id, display_name, '{revokedAt,revokeReason}',
    jsonb_build_object('assignmentId', to_typeid('rasn', id), 'role', role_key,
      'revokedAt', jsonb_build_array(null, ${instantText(moment(now))}), 'revokeReason', jsonb_build_array(null, 'expired')),
    event_id, ${request.surface}, ${requestUuid(request)}, ${moment(now)}
  from told
)
insert into events (id, type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, actor_label, surface, payload,
  request_id, occurred_at)
select event_id, 'role_assignment.revoked', ${EVENTS['role_assignment.revoked'].version}::date, 'principal', principal_id, entity_seq,
  'internal', 'system', 'Mallard', ${request.surface},
  jsonb_build_object('assignmentId', to_typeid('rasn', id), 'principalId', to_typeid('prin', principal_id),
    'roleId', to_typeid('role', role_id), 'roleKey', role_key,
    'scope', case scope_kind when 'workspace' then jsonb_build_object('kind', scope_kind)
      else jsonb_build_object('kind', scope_kind, 'id', to_typeid(scope_kind, coalesce(team_id, inbox_id))) end,
    'expiresAt', ${instantText(sql`expires_at`)}, 'source', source, 'inertPermissions', to_jsonb(inert), 'reason', 'expired'),
  ${requestUuid(request)}, ${moment(now)}
from told
returning id as event_id`;
