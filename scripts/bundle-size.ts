import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUILT_WORKER, buildWorker } from './build-worker.ts';

/** What a new isolate evaluates before it serves: what every request passes. Start-up time follows this. */
export const START_LIMIT_KIB = 30;
/** All that is uploaded. The platform takes 3 MiB; an operation costs a little more than 1 KiB. */
export const BUNDLE_LIMIT_KIB = 350;

export interface BundleSize {
  kib: number;
  gzipKib: number;
  startGzipKib: number;
}

/** Builds the Worker as it is deployed and measures its modules together, as Wrangler counts what it uploads. */
export async function bundleSize(): Promise<BundleSize> {
  await buildWorker();
  const all = readdirSync(BUILT_WORKER).filter((name) => name.endsWith('.js'));
  return { kib: together(all).length / 1024, gzipKib: gzipKib(all), startGzipKib: gzipKib([...reached('index.js')]) };
}

const read = (name: string): Buffer => readFileSync(join(BUILT_WORKER, name));
const together = (names: readonly string[]): Buffer => Buffer.concat(names.map(read));
const gzipKib = (names: readonly string[]): number => gzipSync(together(names)).length / 1024;

/** The module and all that it imports at once; what stands in `import()` is evaluated on first use. */
function reached(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, next] of read(name)
    .toString('utf8')
    .matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)) {
    reached(next as string, seen);
  }
  return seen;
}
