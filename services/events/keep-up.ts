import { sql } from 'drizzle-orm';
import { run, type Statement } from '#services/kernel/query.ts';
import { SINKS } from './sinks.ts';

/**
 * Cursors of sinks that nothing works at yet go along with the stream: standing still they would keep every event for ever,
 * and the release that brings the sink would act on all of them.
 */
export const keepUp = (now: Date): Statement<null> =>
  run(sql`update event_sinks s set position = head.position, updated_at = ${now}::timestamptz from event_sinks head
    where head.sink = 'stream' and s.position < head.position and s.sink not in ('stream', ${sql.join(
      SINKS.map(({ name }) => sql`${name}`),
      sql`, `,
    )})`);
