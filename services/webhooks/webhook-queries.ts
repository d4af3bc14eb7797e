import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { deliveryHealth, webhooks } from '#schema/index.ts';
import { qb, rows } from '#services/kernel/query.ts';

export interface WebhookRow {
  webhook: typeof webhooks.$inferSelect;
  health: typeof deliveryHealth.$inferSelect;
}

/** Endpoints with their health, deleted ones left out. */
export const selectWebhooks = (where?: SQL) =>
  qb
    .select({ webhook: webhooks, health: deliveryHealth })
    .from(webhooks)
    .innerJoin(deliveryHealth, eq(deliveryHealth.targetId, webhooks.id))
    .where(and(isNull(webhooks.deletedAt), where));

export const selectWebhook = (webhookId: Id<'whk'>) => selectWebhooks(eq(webhooks.id, webhookId));

/** The status of its newest attempt. */
export const lastStatusOf = (webhookId: Id<'whk'>) =>
  rows<{ status: number | null }>(sql`select http_status as status from webhook_deliveries
    where target_id = ${idToUuid(webhookId)}::uuid order by started_at desc, id desc limit 1`);
