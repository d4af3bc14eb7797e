import { and, eq, isNull, type SQL } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { deliveryHealth, webhooks } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';

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
