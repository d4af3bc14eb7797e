import type { Id } from '#schema/ids.ts';
import { webhooks } from '#schema/index.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { change, event } from '#services/kernel/change.ts';
import { statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { cancelOpen, holdFrom } from './cancel-open.ts';
import { selectWebhook } from './webhook-queries.ts';
import { webhookFacts, webhookView } from './webhook-view.ts';

/** Ends an endpoint for good: its secrets are wiped and its open deliveries cancelled; the log stays. */
export const deleteWebhook = defineVerb({
  name: 'deleteWebhook',
  permission: 'webhook.manage',
  load: ({ webhookId }: { webhookId: Id<'whk'>; ifMatch: VersionGuard | null }) => ({
    found: statement(selectWebhook(webhookId)),
  }),
  decide({ found: [row] }, { ifMatch }, { authority, now }) {
    const permit = permitWorkspace(authority, 'webhook.manage', { view: 'webhook.view', single: true });
    if (row === undefined) throw notFound();
    const { webhook } = row;
    requireVersion(ifMatch, webhook.version, webhookView(row, { manages: true }));
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: webhooks,
          what: 'webhook',
          loaded: webhook,
          set: { deletedAt: now, secrets: null, previousSecrets: null, previousUntil: null, headers: null },
        },
      ],
      writes: [holdFrom(webhook.id), cancelOpen(webhook.id, 'endpoint_deleted', now)],
      audit: { action: 'webhook.deleted', target: { type: 'webhook', id: webhook.id, label: webhook.name } },
      events: [
        event({ type: 'webhook.deleted', entity: webhook.id, audience: 'internal', payload: webhookFacts(webhook) }),
      ],
    });
  },
});
