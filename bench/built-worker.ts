import { readFileSync } from 'node:fs';
import { BUILT_WORKER } from '#scripts/build-worker.ts';
import { bundleSize } from '#scripts/bundle-size.ts';

export interface BuiltWorker {
  script: string;
  kib: number;
  gzipKib: number;
}

let built: BuiltWorker | undefined;

/** The Worker as it is deployed, minified; built once. @throws Error with what the build said. */
export async function builtWorker(): Promise<BuiltWorker> {
  built ??= { ...(await bundleSize()), script: readFileSync(BUILT_WORKER, 'utf8') };
  return built;
}
