import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';

/**
 * One audit row a minute that says that somebody tries secrets for a key that exists; for an unknown id it writes nothing,
 * at the same cost. Who it was nobody knows: not the key, whose name only stands as the target.
 */
export const keepWrongSecret = (keyId: Id<'key'>, request: RequestFacts, now: Date): Statement<null> =>
  run(sql`insert into audit_events (action, outcome, reason, actor_kind, target_type, target_id, target_label, changes, dedupe_key,
      surface, request_id, ip, country, user_agent, occurred_at)
    select 'access.denied', 'denied', 'wrong_secret', 'system', 'api_key', k.id, k.name, '{"operation": "authenticate"}'::jsonb,
      ${`denied:wrong_secret:${keyId}:${now.toISOString().slice(0, 'YYYY-MM-DDThh:mm'.length)}`}, ${request.surface},
      ${idToUuid(request.requestId)}::uuid, ${request.ip}::inet, ${request.country}::text, ${request.userAgent}::text, ${now.toISOString()}::timestamptz
    from api_keys k where k.id = ${idToUuid(keyId)}::uuid
    on conflict (dedupe_key) do nothing`);
