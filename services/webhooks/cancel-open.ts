import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import { open } from './delivery-rules.ts';

/** Ends the open deliveries of an endpoint. A request on its way is logged when it ends and changes no state. */
export const cancelOpen = (
  webhookId: Id<'whk'>,
  reason: 'endpoint_disabled' | 'endpoint_deleted',
  now: Date,
): Statement<null> =>
  run(sql`update deliveries d set state = 'cancelled', reason = ${reason}, lease_token = null, next_attempt_at = null, ended_at = ${now}::timestamptz
    where d.target_id = ${idToUuid(webhookId)}::uuid and ${open('d')}`);

export const countOpen = (webhookId: Id<'whk'>): SQL =>
  sql`select count(*) from deliveries d where d.target_id = ${idToUuid(webhookId)}::uuid and ${open('d')}`;

/** Marks the head of the stream as the place from which an endpoint has missed events, unless an earlier one is marked. */
export const holdFrom = (webhookId: Id<'whk'>): Statement<null> =>
  run(sql`update delivery_health set held_from = coalesce(held_from, (select position from event_sinks where sink = 'stream'))
    where target_id = ${idToUuid(webhookId)}::uuid`);
