import { readFileSync } from 'node:fs';
import { bundleSize } from '#scripts/bundle-size.ts';

export interface BuiltWorker {
  script: string;
  kib: number;
  gzipKib: number;
}

const SCRIPT = 'dist/worker/index.js';

let built: BuiltWorker | undefined;

/** The Worker as it is deployed, minified; built once. @throws Error with what the build said. */
export function builtWorker(): BuiltWorker {
  built ??= { ...bundleSize(), script: readFileSync(SCRIPT, 'utf8') };
  return built;
}
