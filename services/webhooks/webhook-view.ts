import type { Webhook } from '#schema/api/webhooks.ts';
import type { EventPayload } from '#schema/events.ts';
import { hostOf, maskUrl } from './mask-url.ts';
import type { WebhookRow } from './webhook-queries.ts';

const at = (instant: Date | null): string | null => instant?.toISOString() ?? null;

/** An endpoint as the API shows it. Only who may manage it reads the address in full. */
export const webhookView = ({ webhook, health }: WebhookRow, reader: { manages: boolean }): Webhook => ({
  id: webhook.id,
  name: webhook.name,
  url: reader.manages ? webhook.url : maskUrl(webhook.url),
  state: webhook.state,
  disabledReason: webhook.disabledReason,
  disabledAt: at(webhook.disabledAt),
  ownerId: webhook.ownerPrincipalId,
  types: webhook.types,
  audience: webhook.audience,
  inboxIds: webhook.inboxIds,
  teamIds: webhook.teamIds,
  includeSilent: webhook.includeSilent,
  excludeActorIds: webhook.excludeActorIds,
  payloadVersion: webhook.payloadVersion,
  payloadStyle: webhook.payloadStyle,
  signing: webhook.signing,
  maxInFlight: webhook.maxInFlight,
  timeoutSeconds: webhook.timeoutSeconds,
  publicKeys: [...webhook.publicKeys],
  headerNames: webhook.headerNames,
  health: {
    consecutiveFailures: health.consecutiveFailures,
    failingSince: at(health.failingSince),
    pausedUntil: at(health.breakerUntil),
    slow: health.slow,
    lastSuccessAt: at(health.lastSuccessAt),
    lastFailureAt: at(health.lastFailureAt),
    lastOutcome: health.lastOutcome,
    heldFrom: health.heldFrom,
  },
  createdAt: webhook.createdAt.toISOString(),
  updatedAt: webhook.updatedAt.toISOString(),
  version: webhook.version,
});

/** The same as events tell it: the host, never path or query. */
export const webhookFacts = (webhook: WebhookRow['webhook']): EventPayload<'webhook.created'> => ({
  webhookId: webhook.id,
  name: webhook.name,
  host: hostOf(webhook.url),
  types: webhook.types,
  audience: webhook.audience,
  state: webhook.state,
  ownerId: webhook.ownerPrincipalId,
});
