import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { routes } from '#workers/routes/index.ts';
import type { Route } from '#workers/routes/route.ts';

/** The doors that a request over HTTP never passes. */
const DOORS: Readonly<Record<string, string>> = { queue: 'consume', cron: 'runCron', email: 'email' };

/** Files of the registry that are loaded together, by what their users do in one sitting; the desk is all the others. */
const AREAS: Readonly<Record<string, RegExp>> = {
  set_up: /^(access|api-keys|auth-issuers|invitations|members|role-assignments|roles|setup|teams|workspace)\.ts$/,
  integrations: /^(webhooks|inbound-github)\.ts$/,
  health: /^health\.ts$/,
};
const areaOf = (file: string): string => Object.keys(AREAS).find((area) => AREAS[area]?.test(file)) ?? 'desk';

/**
 * Cuts the Worker where a start needs nothing of what lies behind: the registry becomes a list of paths whose areas are
 * evaluated on first use, and so are queue, clock and mail.
 */
export const later = (root: string): Plugin => ({
  name: 'later',
  setup(bundle) {
    const workers = join(root, 'workers');
    const registry = registryOf(root);
    bundle.onLoad({ filter: /[\\/]workers[\\/]mounted\.ts$/ }, () => ({
      contents: mountedLater(registry),
      resolveDir: workers,
    }));
    bundle.onResolve({ filter: /^area:/ }, ({ path }) => ({ path: path.slice('area:'.length), namespace: 'area' }));
    bundle.onLoad({ filter: /.*/, namespace: 'area' }, ({ path }) => ({
      contents: areaModule(registry, path),
      resolveDir: join(workers, 'routes'),
    }));
    bundle.onResolve({ filter: /^\.\/(queue|cron|email)\.ts$/ }, ({ path, importer }) =>
      /[\\/]workers[\\/]index\.ts$/.test(importer) ? { path: path.slice(2, -3), namespace: 'door' } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'door' }, ({ path }) => ({
      contents: `export const ${DOORS[path]} = async (...given) => (await import('./${path}.ts')).${DOORS[path]}(...given);`,
      resolveDir: workers,
    }));
  },
});

interface Home {
  file: string;
  list: string;
  routes: readonly Route[];
}

const modules = createRequire(import.meta.url);

const registryOf = (root: string): Home[] => {
  const index = readFileSync(join(root, 'workers/routes/index.ts'), 'utf8');
  return [...index.matchAll(/^import \{ (\w+) \} from '\.\/([\w-]+\.ts)';$/gm)].map(([, list, file]) => ({
    list: list as string,
    file: file as string,
    routes: modules(join(root, 'workers/routes', file as string))[list as string],
  }));
};

/** `workers/mounted.ts` written out. @throws Error where a route does not stand in exactly one file of the registry. */
function mountedLater(registry: readonly Home[]): string {
  const rows = routes.map(({ id, method, path, kind }) => {
    const homes = registry.filter((home) => home.routes.some((route) => route.id === id));
    if (homes.length !== 1) throw new Error(`the route ${id} stands in ${homes.length} files of the registry`);
    return JSON.stringify([areaOf((homes[0] as Home).file), id, method, path, kind]);
  });
  const areas = [...new Set(registry.map(({ file }) => areaOf(file)))];
  return `const areas = { ${areas.map((area) => `${area}: () => import('area:${area}')`).join(', ')} };
    export const mounted = [${rows.join(',')}].map(([area, id, method, path, kind]) => ({
      method, path, kind, load: async () => (await areas[area]()).routes.find((route) => route.id === id),
    }));`;
}

function areaModule(registry: readonly Home[], area: string): string {
  const own = registry.filter(({ file }) => areaOf(file) === area);
  const imports = own.map(({ list, file }) => `import { ${list} } from './${file}';`);
  return `${imports.join('\n')}\nexport const routes = [${own.map(({ list }) => `...${list}`).join(', ')}];`;
}
