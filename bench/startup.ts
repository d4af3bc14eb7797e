import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_WORKER } from '#scripts/build-worker.ts';
import { BUNDLE_LIMIT_KIB, DOOR_LIMIT_KIB, START_LIMIT_KIB } from '#scripts/bundle-size.ts';
import { builtWorker } from './built-worker.ts';
import { type DeskOptions, startDesk } from './desk.ts';
import type { Section } from './table.ts';

const PROFILES = 5;
const IDLE = '(idle)';

/** How large the Worker is and how long a new isolate takes before it serves. */
export async function measureStartup(options: DeskOptions): Promise<Section> {
  const { kib, gzipKib, startGzipKib, doorGzipKib } = await builtWorker();
  const active: number[] = [];
  for (let run = 0; run < PROFILES; run += 1) {
    const ms = await profiledStartMs();
    if (ms !== undefined) active.push(ms);
  }
  const desk = await startDesk(options);
  const first = await refusedAfterMs(desk.url);
  const later = Math.min(await refusedAfterMs(desk.url), await refusedAfterMs(desk.url));
  await desk.stop();
  return {
    title: 'Size and start of the Worker',
    rows: [
      { what: 'bundle, minified', value: kib, unit: 'KiB' },
      { what: `bundle, gzip (own limit ${BUNDLE_LIMIT_KIB})`, value: gzipKib, unit: 'KiB' },
      { what: `evaluated for a door at most (own limit ${DOOR_LIMIT_KIB})`, value: doorGzipKib, unit: 'KiB' },
      { what: `of it evaluated at the start (own limit ${START_LIMIT_KIB})`, value: startGzipKib, unit: 'KiB' },
      {
        what: `start-up CPU of the isolate, best of ${PROFILES}`,
        value: active.length === 0 ? null : Math.min(...active),
        unit: 'ms',
      },
      { what: 'workerd process to first answer', value: desk.firstAnswerMs, unit: 'ms' },
      { what: 'what the first request of the desk waits longer than a later one', value: first - later, unit: 'ms' },
    ],
    notes: [
      'start-up CPU: active time in the profile of `wrangler check startup` (goal 50 ms, the platform allows 1 s).',
      'the desk, its schemas and its tables are evaluated by the first request that needs them, once in an isolate.',
      'first answer: a new workerd process with stand-ins for queues, R2 and limits; no isolate of the platform pays that.',
    ],
  };
}

/** A request that evaluates the whole desk and asks no database: its credential has no form that we know. */
async function refusedAfterMs(url: string): Promise<number> {
  const started = performance.now();
  const refused = await fetch(`${url}/api/v1/tickets`, { headers: { authorization: 'Bearer none' } });
  await refused.arrayBuffer();
  return performance.now() - started;
}

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Milliseconds in which the start-up phase was not idle; undefined where Wrangler could not profile it. */
async function profiledStartMs(): Promise<number | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'mallard-bench-'));
  const file = join(folder, 'startup.cpuprofile');
  try {
    const { status } = spawnSync(
      'node_modules/.bin/wrangler',
      ['check', 'startup', '--outfile', file, `--args=--config ${BUILT_WORKER}/wrangler.toml`],
      {
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
      },
    );
    if (status !== 0) return undefined;
    const { nodes, samples, timeDeltas }: CpuProfile = JSON.parse(await readFile(file, 'utf8'));
    const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === IDLE).map(({ id }) => id));
    const microseconds = samples.reduce((sum, id, i) => sum + (idle.has(id) ? 0 : (timeDeltas[i] ?? 0)), 0);
    return microseconds / 1000;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
