import { sql } from 'drizzle-orm';
import { run, type Statement } from '#services/kernel/query.ts';
import { open } from './delivery-rules.ts';

/** Fan-out and the end of an endpoint may cross: what was made for one that has just ended is never sent, and ends here. */
export const cancelStrays = (now: Date): Statement<null> =>
  run(sql`update deliveries d set state = 'cancelled', reason = case when w.deleted_at is null then 'endpoint_disabled' else 'endpoint_deleted' end,
      lease_token = null, next_attempt_at = null, ended_at = ${now}::timestamptz
    from webhooks w
    where w.id = d.target_id and (w.deleted_at is not null or w.state = 'disabled') and ${open('d')}`);
