import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUILT_WORKER, buildWorker } from './build-worker.ts';

/** What a new isolate evaluates before it serves: what every request passes. Start-up time follows this. */
export const START_LIMIT_KIB = 30;
/** What an isolate evaluates at most for any one door and area, whatever the number of areas. */
export const DOOR_LIMIT_KIB = 250;
/** All that is uploaded. The platform takes 3 MiB; an operation costs a little more than 1 KiB. */
export const BUNDLE_LIMIT_KIB = 350;

export interface BundleSize {
  kib: number;
  gzipKib: number;
  startGzipKib: number;
  /** Of the door and area that need most. */
  doorGzipKib: number;
}

/** Builds the Worker as it is deployed and measures its modules together, as Wrangler counts what it uploads. */
export async function bundleSize(): Promise<BundleSize> {
  await buildWorker();
  const all = readdirSync(BUILT_WORKER).filter((name) => name.endsWith('.js'));
  const doors = all.filter((name) => !/^(?:index\.js$|chunk-)/.test(name));
  const staff = doors.filter((name) => /^answer-(?:staff|dry)-/.test(name));
  return {
    kib: together(all).length / 1024,
    gzipKib: gzipKib(all),
    startGzipKib: gzipKib(reached(['index.js'])),
    doorGzipKib: Math.max(...doors.map((door) => gzipKib(reached(['index.js', ...staff, door])))),
  };
}

const read = (name: string): Buffer => readFileSync(join(BUILT_WORKER, name));
const together = (names: Iterable<string>): Buffer => Buffer.concat([...names].map(read));
const gzipKib = (names: Iterable<string>): number => gzipSync(together(names)).length / 1024;

/** The modules and all that they import at once; what stands in `import()` is evaluated on first use. */
function reached(names: readonly string[], seen = new Set<string>()): Set<string> {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const imports = read(name)
      .toString('utf8')
      .matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g);
    reached(
      [...imports].map(([, next]) => next as string),
      seen,
    );
  }
  return seen;
}
