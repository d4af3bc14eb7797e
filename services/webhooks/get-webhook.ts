import type { Webhook } from '#schema/api/webhooks.ts';
import type { Id } from '#schema/ids.ts';
import { holdsAtWorkspace } from '#services/access/can.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { selectWebhook } from './webhook-queries.ts';
import { webhookView } from './webhook-view.ts';

/** One endpoint with its health. @throws ServiceError not_found, the same for absent, deleted and unseen. */
export const getWebhook = defineRead({
  name: 'getWebhook',
  permission: 'webhook.view',
  load: ({ webhookId }: { webhookId: Id<'whk'> }) => ({ found: statement(selectWebhook(webhookId)) }),
  decide({ found: [row] }, _input, { authority }) {
    const permit = permitWorkspace(authority, 'webhook.view', { view: 'webhook.view', single: true });
    if (row === undefined) throw notFound();
    return unchanged<Webhook>(permit, webhookView(row, { manages: holdsAtWorkspace(authority, 'webhook.manage') }));
  },
});
