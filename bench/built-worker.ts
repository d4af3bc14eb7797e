import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_WORKER } from '#scripts/build-worker.ts';
import { type BundleSize, bundleSize } from '#scripts/bundle-size.ts';

export interface BuiltWorker extends BundleSize {
  /** The first one is where the Worker starts. */
  modules: { type: 'ESModule'; path: string; contents: string }[];
}

let built: BuiltWorker | undefined;

/** The Worker as it is deployed, minified; built once. @throws Error with what the build said. */
export async function builtWorker(): Promise<BuiltWorker> {
  built ??= { ...(await bundleSize()), modules: modules() };
  return built;
}

function modules(): BuiltWorker['modules'] {
  const rest = readdirSync(BUILT_WORKER).filter((name) => name.endsWith('.js') && name !== 'index.js');
  return ['index.js', ...rest].map((path) => ({
    type: 'ESModule',
    path,
    contents: readFileSync(join(BUILT_WORKER, path), 'utf8'),
  }));
}
