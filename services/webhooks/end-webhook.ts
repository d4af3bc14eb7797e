import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { webhooks } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { cancelOpen, countOpen, holdFrom } from './cancel-open.ts';
import { hostOf } from './mask-url.ts';

/** Disables an endpoint that says 410, or has failed for five days: its open deliveries end, and the desk is told. */
export const endWebhook = defineSystemVerb({
  name: 'disableWebhook',
  actor: 'system',
  load: ({ webhookId }: { webhookId: Id<'whk'>; reason: 'failing' | 'gone' }) => ({
    found: statement(
      qb
        .select()
        .from(webhooks)
        .where(and(eq(webhooks.id, webhookId), isNull(webhooks.deletedAt))),
    ),
    open: rows<{ open: number }>(sql`select (${countOpen(webhookId)})::int as open`),
  }),
  decide({ found: [webhook], open: [counted] }, { reason }, { now }) {
    const permit = systemPermit('deliver');
    if (webhook === undefined || webhook.state === 'disabled') return unchanged(permit, null);
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
          payload: { webhookId: id, name, host: hostOf(url), reason, cancelled: counted?.open ?? 0 },
        }),
      ],
    });
  },
});
