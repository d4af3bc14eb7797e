import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { BUILT_WORKER, buildWorker } from './build-worker.ts';

/** The project's own limit; the platform's is 3 MiB. Start-up time follows size. */
export const BUNDLE_LIMIT_KIB = 250;

/** Builds the Worker as it is deployed and measures what is uploaded. */
export async function bundleSize(): Promise<{ kib: number; gzipKib: number }> {
  await buildWorker();
  const bytes = readFileSync(BUILT_WORKER);
  return { kib: bytes.length / 1024, gzipKib: gzipSync(bytes).length / 1024 };
}
