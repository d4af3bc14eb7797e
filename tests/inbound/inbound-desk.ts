import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { nodeKernel } from '#local/node-kernel.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { PUBLIC_ORIGIN, startWorker, type TestWorker } from '#tests/support/worker.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const POLL_MS = 20;
const PATIENCE_MS = 20_000;

export interface StoredDelivery {
  id: string;
  dedupe_key: string;
  event: string;
  action: string | null;
  state: string;
  outcome: string | null;
  reason: string | null;
  attempts: number;
  payload_key: string | null;
}

export interface InboundDesk {
  db: TestDatabase;
  world: World;
  worker: TestWorker;
  /** In Node, under the master key of the Worker. */
  kernel(): Kernel;
  /** Waits until no delivery is on its way any more, and gives all of them. */
  settled(): Promise<StoredDelivery[]>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

/** A workspace behind the real Worker, whose queues deliver. */
export async function openInboundDesk(): Promise<InboundDesk> {
  const db = await createTestDatabase();
  const world = await createWorld(db);
  const masterKey = randomBytes(32).toString('base64');
  const worker = await startWorker({ databaseUrl: db.url, vars: { MASTER_KEY: masterKey } });
  return {
    db,
    world,
    worker,
    kernel: () =>
      nodeKernel({
        databaseUrl: db.url,
        endpoint: inject('neonEndpoint'),
        masterKey,
        publicOrigin: PUBLIC_ORIGIN,
        localTargets: '',
        now: new Date(),
      }),
    async settled() {
      for (const start = Date.now(); ; await sleep(POLL_MS)) {
        const rows = await db.query<StoredDelivery>(
          "select to_typeid('inbd', id) as id, dedupe_key, event, action, state, outcome, reason, attempts, payload_key from inbound_deliveries order by created_at, id",
        );
        const open = rows.filter(({ state }) => !['done', 'ignored', 'dead'].includes(state));
        if (open.length === 0) return rows;
        if (Date.now() - start > PATIENCE_MS) {
          const log = worker.logs.map(({ message }) => message).join('\n');
          throw new Error(`not settled: ${JSON.stringify(open)}\n${log}`);
        }
      }
    },
    async count(table) {
      const [row] = await db.query<{ n: number }>(`select count(*)::int as n from ${table}`);
      return row?.n ?? 0;
    },
    async close() {
      await worker.close();
      await db.drop();
    },
  };
}
