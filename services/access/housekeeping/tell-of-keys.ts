import { type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { instantText, MOST_ROWS, moment, requestUuid } from './sql-parts.ts';

/** Days before the end of a key at which its keepers are told. A key that is born closer to its end is told no more. */
const NOTICE_DAYS = [14, 3] as const;
/** That it was told is known from the event, which is kept 30 days at least: older ends are not looked at. */
const LOOK_BACK_DAYS = 29;

type KeyEvent = 'api_key.expiring' | 'api_key.expired';

/** Once each, by the nearest notice: a key for which the first was missed gets the second alone. */
export const tellOfExpiringKeys = (kernel: Kernel): SQL[] =>
  NOTICE_DAYS.map((days, i) => {
    const next = NOTICE_DAYS[i + 1] ?? 0;
    return tell(kernel, {
      type: 'api_key.expiring',
      when: sql`k.expires_at > ${moment(kernel.now)} + make_interval(days => ${next})
        and k.expires_at <= ${moment(kernel.now)} + make_interval(days => ${days})
        and k.created_at <= k.expires_at - make_interval(days => ${days})`,
      once: `${days}`,
      payload: sql`jsonb_build_object('noticeDays', ${days}::int)`,
    });
  });

export const tellOfExpiredKeys = (kernel: Kernel): SQL =>
  tell(kernel, {
    type: 'api_key.expired',
    when: sql`k.expires_at <= ${moment(kernel.now)} and k.expires_at > ${moment(kernel.now)} - make_interval(days => ${LOOK_BACK_DAYS})`,
    once: 'end',
    payload: sql`'{}'::jsonb`,
  });

/** One statement: the keys, their event numbers, the events. A key whose end is moved is told of the new one. */
const tell = (
  { now, request }: Kernel,
  { type, when, once, payload }: { type: KeyEvent; when: SQL; once: string; payload: SQL },
): SQL => sql`
with due as (
  select k.id, concat_ws(':', ${type}::text, k.id, ${once}::text, extract(epoch from k.expires_at)) as dedupe_key from api_keys k
  where k.revoked_at is null and ${when}
    and not exists (select from events e where e.dedupe_key = concat_ws(':', ${type}::text, k.id, ${once}::text, extract(epoch from k.expires_at)))
  order by k.expires_at limit ${MOST_ROWS} for update of k skip locked
), touched as (
  update api_keys k set revision = k.revision + 1, event_seq = k.event_seq + 1 from due where k.id = due.id
  returning k.*, due.dedupe_key
)
insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, actor_label, surface, payload,
  request_id, dedupe_key, occurred_at)
select ${type}, ${EVENTS[type].version}::date, 'api_key', id, event_seq, 'internal', 'system', 'Mallard', ${request.surface},
  jsonb_build_object('keyId', to_typeid('key', id), 'prefix', left('mk_' || substr(to_typeid('key', id), 5), 12), 'name', name,
    'principalId', to_typeid('prin', principal_id), 'creatorId', to_typeid('prin', creator_principal_id), 'scopes', to_jsonb(scope_keys),
    'limits', jsonb_build_object(
      'teamIds', (select jsonb_agg(to_typeid('team', t) order by t) from unnest(team_ids) t),
      'inboxIds', (select jsonb_agg(to_typeid('inbox', i) order by i) from unnest(inbox_ids) i),
      'allowedIps', to_jsonb(allowed_ips::text[])),
    'expiresAt', ${instantText(sql`expires_at`)}) || ${payload},
  ${requestUuid(request)}, dedupe_key, ${moment(now)}
from touched
returning id as event_id`;
