import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** Often enough to find keys that nobody uses, seldom enough to cost nothing. */
export const RECORDED_EVERY_SECONDS = 600;

/** Telemetry, not truth: when and from where a key was last used, to ten minutes. A twin that was first writes alone. */
export const recordUse = (keyId: Id<'key'>, ip: string | null, now: Date): Statement<null> =>
  run(sql`update api_keys set last_used_at = ${now.toISOString()}::timestamptz, last_ip = ${ip}::inet
    where id = ${idToUuid(keyId)}::uuid
      and coalesce(last_used_at <= ${now.toISOString()}::timestamptz - make_interval(secs => ${RECORDED_EVERY_SECONDS}), true)`);
