import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { CreateWebhookBody } from '#schema/api/webhooks.ts';
import { EVENTS } from '#schema/events.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { rows } from '#services/kernel/query.ts';
import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import { createWebhook } from '#services/webhooks/create-webhook.ts';
import { type Desk, type DeskOptions, startDesk } from './desk.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { cpuMs } from './process-cpu.ts';
import type { Row, Section } from './table.ts';

const ENDPOINTS = 10;
const EVENTS_SENT = 200;
const MOST_IN_FLIGHT = 20;
/** As `wrangler.toml` has it for the queue `webhooks`. */
const BATCH = 24;
/** Batches at once; the platform goes up to 250 and every batch claims for itself. */
const CONSUMERS = 8;
const LONGEST_RUN_MS = 60_000;
const NOTHING_CLAIMED_MS = 20;
const TYPE = 'ticket.status_changed';

export interface DeliveriesPart {
  client: pg.Client;
  desk: DeskOptions;
  filled: FilledDesk;
  kernelAt(now: Date): Kernel;
}

/** Committed events to ten endpoints of a local receiver: fan-out, then the real consumer until everything arrived. */
export async function measureDeliveries(part: DeliveriesPart): Promise<Section> {
  const receiver = await startCounter();
  const desk = await startDesk(part.desk);
  try {
    await dispatchEvents(part.kernelAt(new Date()));
    await openEndpoints(part, receiver.url);
    await commitEvents(part);
    const fannedOut = await fanOut(part);
    const sent = await deliver(desk, part, receiver);
    return {
      title: `Webhooks, ${EVENTS_SENT} events to ${ENDPOINTS} endpoints`,
      rows: [fannedOut, sent],
      notes: [
        `deliver: ${CONSUMERS} batches of ${BATCH} permits at once through the consumer in workerd, signed, to 127.0.0.1.`,
        'cpu ms: of workerd for each delivery; fan-out runs in Node here.',
      ],
    };
  } finally {
    await desk.stop();
    await receiver.stop();
  }
}

async function openEndpoints({ kernelAt, filled }: DeliveriesPart, url: string): Promise<void> {
  for (let n = 0; n < ENDPOINTS; n += 1) {
    const body = {
      name: `Receiver ${n}`,
      url: `${url}${n}`,
      types: [TYPE],
      audience: 'internal',
      maxInFlight: MOST_IN_FLIGHT,
    };
    const input = CreateWebhookBody.parse(body);
    await runVerb(kernelAt(new Date()), createWebhook, input, { credential: filled.owner.credential });
  }
  await dispatchEvents(kernelAt(new Date()));
}

/** One event for each of the newest tickets, with the payload that the catalogue shows as its sample. */
async function commitEvents({ client }: DeliveriesPart): Promise<void> {
  const { version, sample } = EVENTS[TYPE];
  const { text, params } = rows(sql`
    with chosen as (select id, number, event_seq + 1 as seq from tickets order by id desc limit ${EVENTS_SENT}),
    numbered as (update tickets t set event_seq = c.seq from chosen c where t.id = c.id)
    insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, surface, payload, request_id, occurred_at)
    select ${TYPE}, ${version}::date, 'ticket', id, seq, 'public', 'system', 'api',
      jsonb_set(jsonb_set(${JSON.stringify(sample)}::jsonb, '{ticket,id}', to_jsonb(public.to_typeid('tkt', id))), '{ticket,number}', to_jsonb(number)),
      uuidv7(), now() from chosen`);
  await client.query(text, [...params]);
}

async function fanOut({ client, kernelAt }: DeliveriesPart): Promise<Row> {
  const kernel = kernelAt(new Date());
  const started = performance.now();
  await dispatchEvents(kernel);
  const ms = performance.now() - started;
  const { rows: found } = await client.query<{ made: number }>('select count(*)::int as made from deliveries');
  const made = found[0]?.made ?? 0;
  return row('fan out', made, ms, kernel.db.spent.trips, kernel.db.spent.statements, null);
}

async function deliver(desk: Desk, { client }: DeliveriesPart, receiver: Counter): Promise<Row> {
  const { rows: permits } = await client.query<{ id: string }>(
    `select public.to_typeid('dlv', id) as id from deliveries order by id limit ${BATCH}`,
  );
  const batch = permits.map(({ id }) => ({ kind: 'delivery', id }));
  const all = EVENTS_SENT * ENDPOINTS;
  const before = { spent: await desk.proxy.spent(), cpu: cpuMs(desk.pid) };
  const started = performance.now();
  const consume = async (): Promise<void> => {
    while (receiver.count() < all && performance.now() - started < LONGEST_RUN_MS) {
      const had = receiver.count();
      await desk.queue('webhooks', batch);
      if (receiver.count() === had) await sleep(NOTHING_CLAIMED_MS);
    }
  };
  await Promise.all(Array.from({ length: CONSUMERS }, consume));
  const ms = performance.now() - started;
  const after = { spent: await desk.proxy.spent(), cpu: cpuMs(desk.pid) };
  const cpu = after.cpu === null || before.cpu === null ? null : (after.cpu - before.cpu) / receiver.count();
  const trips = after.spent.requests - before.spent.requests;
  return row('deliver', receiver.count(), ms, trips, after.spent.statements - before.spent.statements, cpu);
}

const row = (what: string, count: number, ms: number, trips: number, statements: number, cpu: number | null): Row => ({
  what,
  deliveries: count,
  ms,
  'per second': Math.round(count / (ms / 1000)),
  'trips per 100': (trips / count) * 100,
  'statements per 100': (statements / count) * 100,
  'cpu ms': cpu,
});

interface Counter {
  url: string;
  count(): number;
  stop(): Promise<void>;
}

/** A receiver that does nothing but count, so that it is not what is measured. */
async function startCounter(): Promise<Counter> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      count += 1;
      response.writeHead(204).end();
    });
  });
  const port = await new Promise<number>((done, fail) => {
    server.once('error', fail).listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    count: () => count,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
