import { and, inArray, isNull, sql } from 'drizzle-orm';
import type { CreatedWebhook, CreateWebhookInput } from '#schema/api/webhooks.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { deliveryHealth, eventSinks, inboxes, SETTINGS_ID, teams, webhooks } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAtPlace } from '#services/access/can.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { change, event } from '#services/kernel/change.ts';
import { qb, rows, run, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { type Deciding, defineVerb } from '#services/kernel/verb.ts';
import { seal } from '#services/secrets/seal.ts';
import {
  refused,
  requireCovered,
  requireHeaders,
  requireRanges,
  requireTarget,
  requireTypes,
  requireVersionKnown,
} from './check-webhook.ts';
import { PAYLOAD_VERSIONS } from './event-types.ts';
import { maskUrl } from './mask-url.ts';
import { newSecrets, type SigningSecrets } from './signing.ts';
import type { WebhookRow } from './webhook-queries.ts';
import { webhookFacts, webhookView } from './webhook-view.ts';

const MOST_ENDPOINTS = 50;

/**
 * Creates an endpoint, owned by the person behind the credential. The signing secret is answered once.
 * @throws ServiceError forbidden, `exceeds_ceiling`; unprocessable with the reasons of `check-webhook.ts`,
 * `unknown_reference`, `limit_reached`.
 */
export const createWebhook = defineVerb({
  name: 'createWebhook',
  permission: 'webhook.manage',
  load: (input: CreateWebhookInput) => ({
    live: rows<{ live: number }>(sql`select count(*)::int as live from webhooks where deleted_at is null`),
    head: statement(qb.select({ position: eventSinks.position }).from(eventSinks).where(sql`sink = 'stream'`)),
    inboxes: statement(
      qb
        .select({ id: inboxes.id })
        .from(inboxes)
        .where(and(inArray(inboxes.id, [...(input.inboxIds ?? [])]), isNull(inboxes.archivedAt))),
    ),
    teams: statement(
      qb
        .select({ id: teams.id })
        .from(teams)
        .where(and(inArray(teams.id, [...(input.teamIds ?? [])]), isNull(teams.archivedAt))),
    ),
  }),
  decide(loaded, input, by) {
    const { authority } = by;
    const permit = permitWorkspace(authority, 'webhook.manage', { view: 'webhook.view', single: false });
    const wanted = { ...input, inboxIds: input.inboxIds ?? null, teamIds: input.teamIds ?? null };
    requireCovered(authority, wanted);
    requireTarget(input.url, by.targets);
    requireTypes(wanted, authority.keyId !== null);
    const payloadVersion = input.payloadVersion ?? (PAYLOAD_VERSIONS.at(-1) as string);
    requireVersionKnown(payloadVersion);
    requireHeaders(input.headers);
    requireRanges(input);
    requirePlaces(authority, input, loaded);
    if ((loaded.live[0]?.live ?? 0) >= MOST_ENDPOINTS) {
      throw refused('limit_reached', `A workspace has at most ${MOST_ENDPOINTS} endpoints.`);
    }
    const { row, secrets } = newEndpoint(input, payloadVersion, loaded.head[0]?.position ?? 0, by);
    const answer: CreatedWebhook = { ...webhookView(row, { manages: true }), secret: secrets.hmac ?? null };
    return change({
      permit,
      answer,
      roots: [{ kind: 'insert', table: webhooks, row: row.webhook }],
      writes: [
        statement(qb.insert(deliveryHealth).values({ targetId: idToUuid(row.webhook.id), sink: 'webhook' })),
        ...withinLimit(),
      ],
      audit: {
        action: 'webhook.created',
        target: { type: 'webhook', id: row.webhook.id, label: input.name },
        changes: {
          name: [null, input.name],
          url: [null, maskUrl(input.url)],
          types: [null, input.types],
          audience: [null, input.audience],
          secrets: { changed: true },
        },
      },
      events: [
        event({
          type: 'webhook.created',
          entity: row.webhook.id,
          audience: 'internal',
          payload: webhookFacts(row.webhook),
        }),
      ],
    });
  },
});

function newEndpoint(
  input: CreateWebhookInput,
  payloadVersion: string,
  head: number,
  by: Deciding & { authority: Authority },
): { row: WebhookRow; secrets: SigningSecrets } {
  const id = newId(by.ids, 'whk');
  const { secrets, publicKey } = newSecrets(input.signing, by.random);
  const sealed = (column: 'secrets' | 'headers', value: unknown): string => {
    const purpose = column === 'secrets' ? 'webhook-secret' : 'webhook-headers';
    return seal(by.keys, { table: 'webhooks', rowId: id, column, purpose }, JSON.stringify(value), by.random);
  };
  const { headers, ...fields } = input;
  const webhook: WebhookRow['webhook'] = {
    ...fields,
    id,
    state: 'active',
    disabledReason: null,
    disabledAt: null,
    ownerPrincipalId: by.authority.holderId,
    inboxIds: input.inboxIds ?? null,
    teamIds: input.teamIds ?? null,
    payloadVersion,
    ordering: 'none',
    secrets: sealed('secrets', secrets),
    previousSecrets: null,
    previousUntil: null,
    publicKeys: publicKey === null ? [] : [publicKey],
    headers: Object.keys(headers).length === 0 ? null : sealed('headers', headers),
    headerNames: Object.keys(headers).map((name) => name.toLowerCase()),
    filtersFrom: head,
    createdByPrincipalId: by.authority.principalId,
    deletedAt: null,
    createdAt: by.now,
    updatedAt: by.now,
    version: 1,
    revision: 1,
    eventSeq: 0,
  };
  return { row: { webhook, health: newHealth(id) }, secrets };
}

const newHealth = (id: Id<'whk'>): WebhookRow['health'] => ({
  targetId: idToUuid(id),
  sink: 'webhook',
  consecutiveFailures: 0,
  failuresSinceSuccess: 0,
  failingSince: null,
  breakerUntil: null,
  breakerStep: 0,
  slow: false,
  slowStreak: 0,
  quickStreak: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  lastOutcome: null,
  notices: 0,
  heldFrom: null,
});

/** Filters name places that exist, are live and can be seen by the caller. */
function requirePlaces(
  authority: Authority,
  input: CreateWebhookInput,
  loaded: { inboxes: readonly { id: Id<'inbox'> }[]; teams: readonly { id: Id<'team'> }[] },
): void {
  const seen = (id: Id, kind: 'inbox' | 'team'): boolean =>
    kind === 'inbox'
      ? loaded.inboxes.some((each) => each.id === id) &&
        holdsAtPlace(authority, 'inbox.view', { teamId: null, inboxId: id as Id<'inbox'> })
      : loaded.teams.some((each) => each.id === id) &&
        holdsAtPlace(authority, 'team.view', { teamId: id as Id<'team'>, inboxId: null });
  for (const [at, id] of (input.inboxIds ?? []).entries())
    if (!seen(id, 'inbox')) throw unknownReference(`/inboxIds/${at}`);
  for (const [at, id] of (input.teamIds ?? []).entries())
    if (!seen(id, 'team')) throw unknownReference(`/teamIds/${at}`);
}

/** Creates queue up at the settings row, so the count after the insert is exact; the loser decides again and is refused. */
const withinLimit = (): Statement[] => [
  run(sql`select id from settings where id = ${idToUuid(SETTINGS_ID)}::uuid for no key update`),
  run(
    sql`select public.require_rows((select (count(*) <= ${MOST_ENDPOINTS})::int from webhooks where deleted_at is null), 1::bigint, 'webhook limit')`,
  ),
];
