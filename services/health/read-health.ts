import { sql } from 'drizzle-orm';
import { rows, type Statement } from '#services/kernel/query.ts';

export type HealthFacts = {
  applied: number;
  catalogue: string | null;
  role: string;
  last_tick_at: string | null;
  tick_age_seconds: number | null;
  stream_lag_seconds: number;
  standing: string[];
};

/** What `/health` looks at, in one statement: the schema, the tick, how far the stream is behind, sinks that stand still. */
export const readHealth = (now: Date): Statement<HealthFacts[]> =>
  rows<HealthFacts>(sql`
select (select count(*)::int from schema_migrations) as applied,
  (select encode(catalogue_hash, 'hex') from settings) as catalogue,
  current_user::text as role,
  t.finished_at as last_tick_at, extract(epoch from ${now}::timestamptz - t.finished_at)::int as tick_age_seconds,
  coalesce((select greatest(0, extract(epoch from ${now}::timestamptz - e.recorded_at)::int) from events e
    where e.position is null and not e.test order by e.seq limit 1), 0) as stream_lag_seconds,
  array(select sink from event_sinks where failing_since is not null order by sink) as standing
from (select 1) one left join heartbeats t on t.name = 'tick'`);
