import { sql } from 'drizzle-orm';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { SINKS } from '#services/events/sinks.ts';
import { rows } from '#services/kernel/query.ts';
import type { TickJob } from './tick-job.ts';

/** Events whose wake was lost, and sinks that lag behind or may be looked at again. */
export const dispatchJob: TickJob<{ due: boolean }[]> = {
  name: 'dispatch',
  probe: (now) =>
    rows<{ due: boolean }>(sql`
select exists (select from events where position is null and not test)
  or exists (select from event_sinks s join event_sinks head on head.sink = 'stream' and head.position > s.position
    where s.sink in (${sql.join(
      SINKS.map(({ name }) => sql`${name}`),
      sql`, `,
    )}) and (s.retry_at is null or s.retry_at <= ${now})) as due`),
  isDue: ([found]) => found?.due === true,
  run: (kernel) => dispatchEvents(kernel),
};
