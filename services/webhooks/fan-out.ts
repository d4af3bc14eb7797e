import { type SQL, sql } from 'drizzle-orm';
import { authorityFrom, memberRows } from '#services/access/authority-sql.ts';
import type { Sink } from '#services/kernel/sink.ts';
import { EVENT_TYPES, isTicketType, namesOf, typesBoundBy, viewKeyOf } from './event-types.ts';
import { type BodyDue, keepBodies } from './keep-bodies.ts';
import { storedEvent } from './stored-event.ts';

/** Steps back along an entity's events in search of the one told before. */
const MOST_STEPS = 200;

/** A text array as one parameter, whatever its length. */
const textArray = (values: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;

const CATALOGUE = EVENT_TYPES.map((type) => ({
  type,
  names: namesOf(type),
  ticket: isTicketType(type),
  view_key: viewKeyOf(type),
}));

/**
 * Endpoints: one delivery for each event and endpoint that match, under the present authority of the endpoint's owner.
 * `matches` is the same rule in code. An owner who is no active member holds the endpoint: nothing is resolved for it, and
 * the place is marked, so that whoever adopts it can have what was missed.
 */
export const webhookSink: Sink = {
  name: 'webhook',
  acting: false,
  resolve: ({ now }) => sql`
live as materialized (
  select w.*, h.slow, h.breaker_until, public.to_typeid('whk', w.id) as typeid
  from webhooks w join delivery_health h on h.target_id = w.id
  where w.state = 'active' and w.deleted_at is null and exists (select from slice)
),
owner as materialized (
  with ${authorityFrom(memberRows(sql`select owner_principal_id from live`), now)}
  select a.holder_id, a.all_ws, a.all_teams, a.all_inboxes, k.workspace_keys, k.note_inboxes, k.note_teams
  from auth_facts a cross join lateral (select
    coalesce(array_agg(f.key) filter (where f.scope_kind = 'workspace'), '{}') as workspace_keys,
    coalesce(array_agg(f.scope_id) filter (where f.key = 'ticket.comment_internal' and f.scope_kind = 'inbox'), '{}') as note_inboxes,
    coalesce(array_agg(f.scope_id) filter (where f.key = 'ticket.comment_internal' and f.scope_kind = 'team'), '{}') as note_teams
    from effective f where f.cred_id = a.cred_id) k
),
holding as (
  update delivery_health h set held_from = (select position from place)
  from live w where h.target_id = w.id and h.held_from is null and not exists (select from owner o where o.holder_id = w.owner_principal_id)
),
${endpoints},
told as materialized (select s.*, public.to_typeid('evt', s.id) as typeid from slice s),
prior as materialized (
  select s.id as next_id, b.entity_seq, b.position, b.type, b.audience, b.silent, b.actor_id, b.inbox_ids, b.team_ids
  from slice s join events b on b.entity_id = s.entity_id and b.entity_seq = s.entity_seq - 1
),
matched as (
  select e.id as event_id, e.position, e.entity_id, e.entity_seq, w.id as target_id,
    case when b.position > w.filters_from and ${told('b')} then b.entity_seq when b.entity_seq is not null then ${walk} end as previous_seq,
    public.hash_id(concat_ws(chr(31), 'dlv', e.typeid, 'webhook', w.typeid)) as id
  from told e join endpoint w on ${told('e')} left join prior b on b.next_id = e.id
),
made as (
  insert into deliveries (id, event_id, position, sink, target_id, entity_id, entity_seq, previous_seq, next_attempt_at, created_at)
  select id, event_id, position, 'webhook', target_id, entity_id, entity_seq, previous_seq, ${now}::timestamptz, ${now}::timestamptz from matched
  on conflict (id) do nothing returning id, event_id, target_id, position
),
wakes as (
  select case when w.slow then 'webhooks-slow' else 'webhooks' end as queue, 'delivery' as kind, public.to_typeid('dlv', m.id) as id
  from (select *, row_number() over (partition by target_id order by position) as rank from made) m
    join endpoint w on w.id = m.target_id
  where m.rank <= w.max_in_flight and (w.breaker_until is null or w.breaker_until <= ${now})
),
follow_up as (
  select jsonb_build_object('payloadVersion', f.payload_version, 'audience', f.audience, 'style', f.payload_style, 'event', ${storedEvent('e')}) as item
  from (select distinct m.event_id, w.payload_version, w.audience, w.payload_style from made m join endpoint w on w.id = m.target_id) f
    join slice e on e.id = f.event_id
  where not exists (select from event_bodies b
    where b.event_id = f.event_id and b.payload_version = f.payload_version and b.form = f.audience || '.' || f.payload_style)
)`,
  follow: (kernel, items) => keepBodies(kernel, items as readonly BodyDue[]),
};

/** `endpoint`: the live endpoints, with the types that their owner may be told of at each audience. */
const endpoints = sql`
catalogue as materialized (
  select * from jsonb_to_recordset(${JSON.stringify(CATALOGUE)}::jsonb) as c (type text, names text[], ticket boolean, view_key text)
),
owned as (
  select w.*, o.all_ws, o.workspace_keys,
    o.all_ws or coalesce(w.inbox_ids <@ o.all_inboxes, false) or coalesce(w.team_ids <@ o.all_teams, false) as sees,
    'ticket.comment_internal' = any (o.workspace_keys) or coalesce(w.inbox_ids <@ o.note_inboxes, false)
      or coalesce(w.team_ids <@ o.note_teams, false) as reads_notes
  from live w join owner o on o.holder_id = w.owner_principal_id
),
endpoint as materialized (
  select w.*,
    array(select c.type from catalogue c where c.names && w.types and case when c.ticket then w.sees else c.view_key = any (w.workspace_keys) end) as told_public,
    array(select c.type from catalogue c where w.audience <> 'public' and c.names && w.types
      and case when c.ticket then w.sees and w.reads_notes else c.view_key = any (w.workspace_keys) end) as told_internal,
    array(select c.type from catalogue c where w.audience = 'shared_team' and c.names && w.types
      and case when c.ticket then w.all_ws else c.view_key = any (w.workspace_keys) end) as told_shared
  from owned w
)`;

/** Whether `w` receives the event `e`, or received the one right before it, `b`, or one farther back, `p`. */
function told(row: 'e' | 'b' | 'p'): SQL {
  const e = (column: string): SQL => sql.raw(`${row}.${column}`);
  return sql`(${e('type')} = any (case ${e('audience')} when 'public' then w.told_public when 'internal' then w.told_internal else w.told_shared end)
    and (w.include_silent or not ${e('silent')})
    and coalesce(${e('actor_id')} <> all (w.exclude_actor_ids), true)
    and (w.inbox_ids is null or ${e('inbox_ids')} && w.inbox_ids or ${e('type')} <> all (${textArray(typesBoundBy('inbox'))}))
    and (w.team_ids is null or ${e('team_ids')} && w.team_ids or ${e('type')} <> all (${textArray(typesBoundBy('team'))})))`;
}

/** The entity's newest event before `b` that `w` received; most entities are answered by `b` itself, without this. */
const walk = sql`(
  select p.entity_seq from (
    select q.entity_seq, q.position, q.type, q.audience, q.silent, q.actor_id, q.inbox_ids, q.team_ids from events q
    where q.entity_id = e.entity_id and q.entity_seq < b.entity_seq order by q.entity_seq desc limit ${MOST_STEPS - 1}) p
  where p.position > w.filters_from and ${told('p')} order by p.entity_seq desc limit 1)`;
