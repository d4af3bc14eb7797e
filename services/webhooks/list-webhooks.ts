import { and, desc, eq, ilike, type SQL, sql } from 'drizzle-orm';
import type { Webhook } from '#schema/api/webhooks.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { webhooks } from '#schema/index.ts';
import type { ENDPOINT_STATES } from '#schema/tables/webhooks.ts';
import type { ValueOf } from '#schema/values.ts';
import { holdsAtWorkspace } from '#services/access/can.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { selectWebhooks, type WebhookRow } from './webhook-queries.ts';
import { webhookView } from './webhook-view.ts';

export interface ListWebhooksInput {
  state: ValueOf<typeof ENDPOINT_STATES> | undefined;
  /** Part of the name, in any case. */
  q: string | undefined;
  limit: number;
  cursor: string | undefined;
}

/** The endpoints of the workspace, the newest first. */
export const listWebhooks = defineRead({
  name: 'listWebhooks',
  permission: 'webhook.view',
  load: (input: ListWebhooksInput, { keys }) => ({
    found: statement(
      selectWebhooks(
        and(
          input.state === undefined ? undefined : eq(webhooks.state, input.state),
          input.q === undefined ? undefined : ilike(webhooks.name, `%${input.q.replaceAll(/[\\%_]/g, '\\$&')}%`),
          after(keys, input),
        ),
      )
        .orderBy(desc(webhooks.createdAt), desc(webhooks.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys }) {
    const permit = permitWorkspace(authority, 'webhook.view', { view: 'webhook.view', single: false });
    const reader = { manages: holdsAtWorkspace(authority, 'webhook.manage') };
    const cursor = ({ webhook }: WebhookRow) =>
      writeCursor(keys, placeOf(input), [webhook.createdAt.getTime(), webhook.id]);
    return unchanged<{ data: Webhook[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (row) => webhookView(row, reader), cursor),
    );
  },
});

const placeOf = ({ state, q }: ListWebhooksInput): CursorPlace => ({
  operation: 'listWebhooks',
  sort: '-created',
  filter: { state: state ?? null, q: q ?? null },
});

function after(keys: KeyRing, input: ListWebhooksInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${webhooks.createdAt}, ${webhooks.id}) < (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
}
