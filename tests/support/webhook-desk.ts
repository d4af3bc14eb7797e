import { type DemoMember, type DemoWorkspace, makeWorkspace } from '#local/demo/people.ts';
import { type CreatedWebhook, CreateWebhookBody } from '#schema/api/webhooks.ts';
import { EVENTS, type EventType } from '#schema/events.ts';
import { type Id, idToUuid, parseId, uuidToId } from '#schema/ids.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import { readTargetPolicy } from '#services/outbound/target-policy.ts';
import { createWebhook } from '#services/webhooks/create-webhook.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { type TestKernel, testKernel } from './kernel.ts';

const LOCAL_TARGETS = 'http://127.0.0.1:*';

export interface EventSeed {
  type?: EventType;
  entityId?: string;
  /** The entity's next, when left out. */
  entitySeq?: number;
  audience?: 'public' | 'internal' | 'shared_team';
  audienceTeamId?: string;
  inboxIds?: readonly Id<'inbox'>[];
  teamIds?: readonly Id<'team'>[];
  actorId?: string;
  silent?: boolean;
  depth?: number;
  occurredAt?: Date;
  payload?: Record<string, unknown>;
}

export interface WebhookDesk {
  db: TestDatabase;
  workspace: DemoWorkspace;
  owner: DemoMember;
  /** A kernel of its own, which counts its round trips and keeps what it would send to the queues. */
  kernel(now?: Date): TestKernel;
  createEndpoint(input: Record<string, unknown>, by?: DemoMember): Promise<CreatedWebhook & { id: Id<'whk'> }>;
  /** Events as a commit leaves them, not dispatched. */
  emit(...seeds: EventSeed[]): Promise<Id<'evt'>[]>;
  /** Back to an empty stream without endpoints; people and places stay. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const EMPTIED = [
  'events',
  'webhooks',
  'delivery_health',
  'webhook_deliveries',
  'dead_letters',
  'audit_events',
  'heartbeats',
];

/** A small workspace with what it takes to tell programs of its events. */
export async function openWebhookDesk(): Promise<WebhookDesk> {
  const db = await createTestDatabase();
  const policy = readTargetPolicy({ ownOrigins: [], deniedHosts: '', localTargets: LOCAL_TARGETS });
  const kernel = (now?: Date): TestKernel => ({ ...testKernel(db.url, now), targets: policy });
  const workspace = await makeWorkspace(kernel());
  const [owner] = workspace.members;
  if (owner === undefined) throw new Error('a workspace has an owner');
  return {
    db,
    workspace,
    owner,
    kernel,
    async createEndpoint(input, by = owner) {
      const body = CreateWebhookBody.parse({ name: 'Warehouse', ...input });
      const outcome = await runVerb(kernel(), createWebhook, body, { credential: by.credential });
      if (outcome.kind !== 'done') throw new Error('a call without a key is no replay');
      return { ...outcome.output, id: parseId('whk', outcome.output.id) };
    },
    async emit(...seeds) {
      const ids: Id<'evt'>[] = [];
      for (const seed of seeds) ids.push(await insertEvent(db, seed));
      return ids;
    },
    reset: () => emptyStream(db),
    close: () => db.drop(),
  };
}

/** A Worker that still consumes may hold a row in the other order; the loser of a deadlock tries again. */
async function emptyStream(db: TestDatabase, tries = 5): Promise<void> {
  const client = await db.connect();
  try {
    // History refuses to be emptied; a superuser's session as replica fires no such trigger.
    await client.query(`set session_replication_role = replica`);
    await client.query(`truncate ${EMPTIED.join(', ')} restart identity cascade`);
    await client.query(`update event_sinks set position = 0, failing_since = null, retry_at = null, last_error = null`);
    return;
  } catch (error) {
    if (tries <= 1) throw error;
  } finally {
    await client.query(`reset session_replication_role`);
    client.release();
  }
  await emptyStream(db, tries - 1);
}

async function insertEvent(db: TestDatabase, seed: EventSeed): Promise<Id<'evt'>> {
  const type = seed.type ?? 'ticket.updated';
  const definition = EVENTS[type];
  const entityId = seed.entityId ?? crypto.randomUUID();
  const [row] = await db.query<{ id: string }>(
    `insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, audience_team_id, inbox_ids, team_ids,
       actor_kind, actor_id, surface, payload, silent, depth, occurred_at)
     values ($1, $2, $3, $4, coalesce($5, (select coalesce(max(entity_seq), 0) + 1 from events where entity_id = $4)), $6, $7, $8, $9,
       $10, $11, 'api', $12, $13, $14, $15) returning id`,
    [
      type,
      definition.version,
      definition.entity,
      entityId,
      seed.entitySeq ?? null,
      seed.audience ?? definition.audiences[0],
      seed.audienceTeamId ?? null,
      (seed.inboxIds ?? []).map(idToUuid),
      (seed.teamIds ?? []).map(idToUuid),
      seed.actorId === undefined ? 'system' : 'user',
      seed.actorId ?? null,
      JSON.stringify(seed.payload ?? definition.sample),
      seed.silent ?? false,
      seed.depth ?? 0,
      seed.occurredAt ?? new Date(),
    ],
  );
  return uuidToId('evt', row?.id ?? '');
}

/** The network as a test has it: real `fetch` to local targets, a clock of the test's choice, no DNS. */
export const testOutbound = (now: () => number = Date.now, fetchIt: Outbound['fetch'] = fetch): Outbound => ({
  fetch: fetchIt,
  now,
  policy: readTargetPolicy({ ownOrigins: [], deniedHosts: '', localTargets: LOCAL_TARGETS }),
  dohUrl: '',
  resolved: new Map(),
});
