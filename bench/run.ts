import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';
import { startNeonProxy } from '#local/neon-proxy.ts';
import { nodeKernel } from '#local/node-kernel.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { measureAccess } from './access.ts';
import { measureBulk } from './bulk.ts';
import { measureCalendar } from './calendar.ts';
import { openDatabase } from './database.ts';
import { measureDeliveries } from './deliveries.ts';
import { fillBareTickets } from './fill/bare-tickets.ts';
import { fillDesk } from './fill/fill-desk.ts';
import { measureHttp } from './http-load.ts';
import { measureLists } from './lists.ts';
import { type BenchOptions, type Part, readBenchOptions } from './options.ts';
import { measureSlaTick } from './sla-tick.ts';
import { measureStartup } from './startup.ts';
import { renderSection, type Section } from './table.ts';

const JSON_FILE = 'dist/bench.json';
const KEY_BYTES = 32;
const GIB = 1024 ** 3;

const say = (line: string): void => console.log(line);
const stops: (() => Promise<void>)[] = [];

async function run(options: BenchOptions): Promise<void> {
  const began = performance.now();
  const machine = machineOf();
  const database = await openDatabase();
  stops.push(database.stop);
  const proxy = await startNeonProxy();
  stops.push(proxy.stop);
  const masterKey = randomBytes(KEY_BYTES).toString('base64');
  const kernelAt = (now: Date): Kernel =>
    nodeKernel({
      databaseUrl: database.url,
      endpoint: proxy.endpoint,
      masterKey,
      publicOrigin: 'https://desk.example.com',
      localTargets: 'http://127.0.0.1:*',
      now,
    });
  say(`Filling a database with ${options.tickets.toLocaleString('en')} tickets`);
  // Authority reads no message and no promise, and without them a million tickets take minutes.
  const fill = options.parts.every((part) => part === 'access') ? fillBareTickets : fillDesk;
  const filled = await fill(database.client, kernelAt(new Date()), options.tickets, say);
  say(`  ${filled.messages.toLocaleString('en')} messages, ${filled.openClocks.toLocaleString('en')} open clocks`);

  const { client, url: databaseUrl } = database;
  const desk = { databaseUrl, masterKey, rttMs: 0 };
  const measures: Record<Part, () => Promise<Section>> = {
    access: () => measureAccess(client, databaseUrl, filled, kernelAt(new Date())),
    lists: () => measureLists(client, filled, kernelAt(new Date())),
    bulk: () => measureBulk({ client, filled, contacts: options.contacts, kernelAt, say }),
    http: () => measureHttp({ client, databaseUrl, masterKey, filled, options, say }),
    sla: () => measureSlaTick({ client, filled, kernelAt }),
    deliveries: () => measureDeliveries({ client, desk, filled, kernelAt }),
    calendar: async () => measureCalendar(),
    startup: () => measureStartup(desk),
  };
  const sections: Record<string, Section> = {};
  for (const part of options.parts) {
    say(`Measuring ${part}`);
    sections[part] = await measures[part]();
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  await writeFile(JSON_FILE, `${JSON.stringify({ at: new Date(), machine, seconds, options, sections }, null, 2)}\n`);
  say(`\n${machine}\n`);
  for (const section of Object.values(sections)) say(renderSection(section));
  say(`${seconds} s; also in ${JSON_FILE}`);
}

const machineOf = (): string =>
  `${availableParallelism()} cores ${cpus()[0]?.model ?? 'of unknown make'}, ${Math.round(totalmem() / GIB)} GiB, ${platform()} ${arch()}, Node ${process.version}, load average before ${loadavg()[0]?.toFixed(1)}`;

async function stopAll(code: number): Promise<never> {
  for (const stop of stops.reverse().splice(0)) await stop().catch((error: unknown) => console.error(String(error)));
  process.exit(code);
}

process.once('SIGINT', () => void stopAll(130));
process.once('SIGTERM', () => void stopAll(143));
try {
  await mkdir('dist', { recursive: true });
  await run(readBenchOptions(process.argv.slice(2)));
  await stopAll(0);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  await stopAll(1);
}
