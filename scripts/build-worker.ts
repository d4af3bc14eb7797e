import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the deployed Worker stands: one module, minified. */
export const BUILT_WORKER = `${ROOT}dist/worker/index.js`;

/** The third argument of `pgTable`, as the formatter lays it out: from its own line to the end of the call. */
const CONSTRAINTS = /\n {2}\(t\)[^\n]*=>[\s\S]*?\n\);/g;

/** A table file without its checks, keys and indexes. They are the migrations' business and a Worker never reads them. */
export const withoutConstraints = (source: string): string => source.replace(CONSTRAINTS, '\n);');

const columnsOnly: Plugin = {
  name: 'columns-only',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]schema[\\/]tables[\\/][^\\/]+\.ts$/ }, async ({ path }) => ({
      contents: withoutConstraints(await readFile(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

/** Bundles the Worker as Wrangler would, with tables cut to what a Worker uses. */
export async function buildWorker(): Promise<void> {
  await build({
    entryPoints: [`${ROOT}workers/index.ts`],
    outfile: BUILT_WORKER,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [columnsOnly],
    logLevel: 'warning',
  });
}

if (import.meta.main) await buildWorker();
