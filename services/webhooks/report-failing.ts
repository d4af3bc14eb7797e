import { and, eq, isNull, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { deliveryHealth, webhooks } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { run, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { NOTICE_HOURS } from './breaker.ts';
import { hostOf } from './mask-url.ts';
import { lastStatusOf, selectWebhooks } from './webhook-queries.ts';

/** Tells the desk once, after a day and after three, that an endpoint fails and will be disabled. */
export const reportFailing = defineSystemVerb({
  name: 'reportFailingWebhook',
  actor: 'system',
  load: ({ webhookId }: { webhookId: Id<'whk'>; hours: number }) => ({
    found: statement(selectWebhooks(and(eq(webhooks.id, webhookId), isNull(webhooks.disabledAt)))),
    last: lastStatusOf(webhookId),
  }),
  decide({ found: [row], last: [last] }, { hours }) {
    const permit = systemPermit('deliver');
    const notice = NOTICE_HOURS.indexOf(hours) + 1;
    if (row === undefined || row.health.failingSince === null || row.health.notices >= notice)
      return unchanged(permit, null);
    const { webhook, health } = row;
    return change({
      permit,
      answer: null,
      roots: [
        { kind: 'update', table: webhooks, what: 'webhook', loaded: webhook, set: { updatedAt: webhook.updatedAt } },
      ],
      writes: [
        run(sql`update ${deliveryHealth} set notices = ${notice} where target_id = ${idToUuid(webhook.id)}::uuid`),
      ],
      audit: null,
      events: [
        event({
          type: 'webhook.failing',
          entity: webhook.id,
          audience: 'internal',
          payload: {
            webhookId: webhook.id,
            name: webhook.name,
            host: hostOf(webhook.url),
            failingSince: row.health.failingSince.toISOString(),
            lastOutcome: health.lastOutcome ?? 'network',
            lastStatus: last?.status ?? null,
            hours,
          },
        }),
      ],
    });
  },
});
