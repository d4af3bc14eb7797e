import type pg from 'pg';
import { uuidToId } from '#schema/ids.ts';
import { type Desk, startDesk } from './desk.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { makeScenes, type Scene } from './http-scenes.ts';
import { type LoadResult, runLoad } from './load.ts';
import type { BenchOptions } from './options.ts';
import { cpuMs } from './process-cpu.ts';
import type { Row, Section } from './table.ts';

const WARM_UP_S = 0.5;
const WARM_UP_CLIENTS = 4;
/** Tickets that the clients share out; more would only be more to load. */
const MOST_TICKETS = 2000;

export interface HttpPart {
  client: pg.Client;
  databaseUrl: string;
  masterKey: string;
  filled: FilledDesk;
  options: BenchOptions;
  say(line: string): void;
}

/** Every scene at every number of clients and every delay, one cell after the other. */
export async function measureHttp(part: HttpPart): Promise<Section> {
  const tickets = await ownTickets(part.client);
  const scenes = makeScenes();
  const rows: Row[] = [];
  for (const rttMs of part.options.rtt) {
    const desk = await startDesk({ databaseUrl: part.databaseUrl, masterKey: part.masterKey, rttMs });
    try {
      for (const scene of scenes) {
        await load(desk, part, scene, tickets, WARM_UP_CLIENTS, WARM_UP_S);
        for (const clients of part.options.clients) {
          rows.push(await measure(desk, part, { scene, tickets, clients, rttMs }));
          part.say(`  rtt ${rttMs} ms, ${scene.name}, ${clients} clients`);
        }
      }
    } finally {
      await desk.stop();
    }
  }
  return {
    title: `HTTP, ${part.filled.tickets.toLocaleString('en')} tickets, an agent in ten teams`,
    rows,
    notes: [
      'rtt ms: added to each round trip to the database. trips, statements: on the way to the database, per request.',
      'db ms: from the first statement of a round trip to the last, the driver between them included, per request.',
      'cpu ms: of the workerd process per request (it also runs the stand-in of the queues); Linux only.',
      'Load generator, database and workerd share this machine; many clients measure the machine, one client the path.',
    ],
  };
}

async function measure(
  desk: Desk,
  part: HttpPart,
  cell: { scene: Scene; tickets: readonly string[]; clients: number; rttMs: number },
): Promise<Row> {
  const before = { spent: await desk.proxy.spent(), cpu: cpuMs(desk.pid) };
  const result = await load(desk, part, cell.scene, cell.tickets, cell.clients, part.options.seconds);
  const after = { spent: await desk.proxy.spent(), cpu: cpuMs(desk.pid) };
  const each = (total: number): number => total / result.requests;
  return {
    what: cell.scene.name,
    'rtt ms': cell.rttMs,
    clients: cell.clients,
    'req/s': result.requests / result.seconds,
    'p50 ms': result.p50Ms,
    'p99 ms': result.p99Ms,
    trips: each(after.spent.requests - before.spent.requests),
    statements: each(after.spent.statements - before.spent.statements),
    'db ms': each(after.spent.databaseMs - before.spent.databaseMs),
    'cpu ms': after.cpu === null || before.cpu === null ? null : each(after.cpu - before.cpu),
    requests: result.requests,
    failed: result.failed,
  };
}

/** @throws Error when hardly any request succeeds: nothing would have been measured. */
async function load(
  desk: Desk,
  { filled }: HttpPart,
  scene: Scene,
  tickets: readonly string[],
  clients: number,
  seconds: number,
): Promise<LoadResult> {
  const own = Array.from({ length: clients }, (_, n) => tickets.filter((_id, i) => i % clients === n));
  const turns = own.map((_own, n) => n);
  const result = await runLoad({
    url: desk.url,
    headers: { authorization: `Bearer ${filled.agentToken}` },
    clients,
    seconds,
    next(n) {
      const turn = turns[n] ?? 0;
      turns[n] = turn + 1;
      return scene.next(own[n] ?? [], turn);
    },
  });
  if (result.failed > result.requests / 2) throw new Error(`${scene.name} does not work: ${result.firstFailure}`);
  return result;
}

/** Open tickets that the acting agent sees, as ids of the API. */
async function ownTickets(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select t.id from tickets t join bench_team b on b.id = t.primary_team_id
     where b.n < 10 and t.status_category = 'open' and t.visibility <> 'private' and t.deleted_at is null order by t.id desc limit $1`,
    [MOST_TICKETS],
  );
  return rows.map(({ id }) => uuidToId('tkt', id));
}
