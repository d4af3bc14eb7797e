import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { deployedConfig } from './deployed-config.ts';
import { deployedSource } from './deployed-source.ts';
import { later } from './later.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the deployed Worker stands: `index.js`, the modules it loads on first use, and its `wrangler.toml`. */
export const BUILT_WORKER = `${ROOT}dist/worker`;

/** The third argument of `pgTable`, as the formatter lays it out: from its own line to the end of the call. */
const CONSTRAINTS = /\n {2}\(t\)[^\n]*=>[\s\S]*?\n\);/g;

/** A table file without its checks, keys and indexes. They are the migrations' business and a Worker never reads them. */
export const withoutConstraints = (source: string): string => source.replace(CONSTRAINTS, '\n);');

const cut: Plugin = {
  name: 'cut',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/](schema|workers[\\/]routes)[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const needed = /[\\/]schema[\\/]tables[\\/]/.test(path) ? withoutConstraints(source) : source;
      return { contents: deployedSource(needed), loader: 'ts' };
    });
  },
};

/** The API document is written at build time; what Zod brings for it would be built into every schema at each start. */
const noJsonSchema: Plugin = {
  name: 'no-json-schema',
  setup(bundle) {
    const filter = /[\\/]zod[\\/]v4[\\/]core[\\/](json-schema-processors|to-json-schema)\.js$/;
    bundle.onLoad({ filter }, async ({ path }) => {
      const names = (await readFile(path, 'utf8')).matchAll(/^export (?:const|function) (\w+)/gm);
      return { contents: [...names].map(([, name]) => `export const ${name} = () => undefined;`).join('\n') };
    });
  },
};

/** The names that our own reading of HTML knows, in place of all 2,231 of them. */
const fewerEntities: Plugin = {
  name: 'fewer-entities',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]postal-mime[\\/]dist[\\/]esm[\\/]html-entities\.js$/ }, () => ({
      contents: `import { HTML_ENTITIES } from '#services/email/html-entities.ts';
        export const htmlEntities = Object.fromEntries(
          Object.entries(HTML_ENTITIES).map(([name, character]) => ['&' + name + ';', character]),
        );`,
      resolveDir: ROOT,
    }));
  },
};

/** Bundles the Worker as Wrangler would, cut to what a Worker uses and to what its start needs. */
export async function buildWorker(): Promise<void> {
  await rm(BUILT_WORKER, { recursive: true, force: true });
  await build({
    entryPoints: [`${ROOT}workers/index.ts`],
    outdir: BUILT_WORKER,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [later(ROOT), cut, noJsonSchema, fewerEntities],
    logLevel: 'warning',
  });
  await writeFile(`${BUILT_WORKER}/wrangler.toml`, deployedConfig(await readFile(`${ROOT}wrangler.toml`, 'utf8')));
}

if (import.meta.main) await buildWorker();
