import { sql } from 'drizzle-orm';
import type { HEARTBEATS } from '#schema/tables/settings.ts';
import type { ValueOf } from '#schema/values.ts';
import { run, type Statement } from '#services/kernel/query.ts';

type Heartbeat = ValueOf<typeof HEARTBEATS>;

const MOST_CHARACTERS = 2000;

/** Says that a recurring work has run, and how it went; `/health` looks at the tick's. */
export const beat = (name: Heartbeat, now: Date, went: { error?: string; rowsDone?: number } = {}): Statement<null> =>
  run(sql`insert into heartbeats (name, started_at, finished_at, last_error, rows_done)
    values (${name}, ${now}, ${now}, ${went.error?.slice(0, MOST_CHARACTERS) ?? null}, ${went.rowsDone ?? 0})
    on conflict (name) do update set started_at = excluded.started_at, finished_at = excluded.finished_at,
      last_error = excluded.last_error, rows_done = excluded.rows_done`);
