import { sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { webhooks } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { rows, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { cancelOpen, countOpen, holdFrom } from './cancel-open.ts';
import { hostOf } from './mask-url.ts';
import { lastStatusOf, selectWebhook } from './webhook-queries.ts';

/** Disables an endpoint that says 410, or has failed for five days: its open deliveries end, and the desk is told. */
export const endWebhook = defineSystemVerb({
  name: 'disableWebhook',
  actor: 'system',
  load: ({ webhookId }: { webhookId: Id<'whk'>; reason: 'failing' | 'gone' }) => ({
    found: statement(selectWebhook(webhookId)),
    last: lastStatusOf(webhookId),
    open: rows<{ open: number }>(sql`select (${countOpen(webhookId)})::int as open`),
  }),
  decide({ found: [row], last: [last], open: [counted] }, { reason }, { now }) {
    const permit = systemPermit('deliver');
    if (row === undefined || row.webhook.state === 'disabled') return unchanged(permit, null);
    const { webhook, health } = row;
    // A success may have come between the record that found it failing and this.
    if (reason === 'failing' && health.failingSince === null) return unchanged(permit, null);
    const { id, name, url } = webhook;
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: webhooks,
          what: 'webhook',
          loaded: webhook,
          set: { state: 'disabled', disabledReason: reason, disabledAt: now },
        },
      ],
      writes: [holdFrom(id), cancelOpen(id, 'endpoint_disabled', now)],
      audit: {
        action: 'webhook.disabled',
        target: { type: 'webhook', id, label: name },
        changes: { state: ['active', 'disabled'], disabledReason: [null, reason] },
      },
      events: [
        event({
          type: 'webhook.disabled',
          entity: id,
          audience: 'internal',
          payload: {
            webhookId: id,
            name,
            host: hostOf(url),
            failingSince: health.failingSince?.toISOString() ?? null,
            lastOutcome: health.lastOutcome,
            lastStatus: last?.status ?? null,
            reason,
            cancelled: counted?.open ?? 0,
          },
        }),
      ],
    });
  },
});
