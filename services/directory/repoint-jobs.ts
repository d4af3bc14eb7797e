import { sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/**
 * Jobs that bring people or tickets to a record that is being merged bring them to its winner; what was on its way from
 * there is where it is to be. Stands before what the merge itself moves: a chunk that is being committed holds its job.
 */
export const repointJobs = ({ from, to }: { from: Id; to: Id }, now: Date): Statement =>
  run(sql`
    update bulk_jobs set
      params = params || jsonb_build_object(case kind when 'move_tickets' then 'to' else 'organizationId' end, ${to}::text),
      state = case when params ->> 'from' = ${to} then 'done' else state end,
      finished_at = case when params ->> 'from' = ${to} then ${now}::timestamptz end
    where state in ('queued', 'running') and (kind = 'move_tickets' and params ->> 'to' = ${from}
      or kind = 'attach_contacts' and params ->> 'organizationId' = ${from})`);
