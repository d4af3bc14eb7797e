import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUILT_WORKER, buildWorker } from './build-worker.ts';

/** The project's own limit; the platform's is 3 MiB. Start-up time follows size. */
export const BUNDLE_LIMIT_KIB = 250;

/** Builds the Worker as it is deployed and measures what is uploaded, all modules together, as Wrangler counts it. */
export async function bundleSize(): Promise<{ kib: number; gzipKib: number }> {
  await buildWorker();
  const modules = readdirSync(BUILT_WORKER).filter((name) => name.endsWith('.js'));
  const bytes = Buffer.concat(modules.map((name) => readFileSync(join(BUILT_WORKER, name))));
  return { kib: bytes.length / 1024, gzipKib: gzipSync(bytes).length / 1024 };
}
