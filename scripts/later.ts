import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { routes } from '#workers/routes/index.ts';
import type { Route } from '#workers/routes/route.ts';

/** Module → export that is called, and by whom: what lies behind is evaluated when the first caller comes through. */
const DOORS: Readonly<Record<string, { name: string; of: string }>> = {
  queue: { name: 'consume', of: 'index' },
  cron: { name: 'runCron', of: 'index' },
  email: { name: 'email', of: 'index' },
  'answer-staff': { name: 'answerStaff', of: 'app' },
  'answer-public': { name: 'answerPublic', of: 'app' },
  'answer-dry': { name: 'answerDry', of: 'answer-staff' },
};

/** Files of the registry that are loaded together, by what their users do in one sitting; the desk is all the others. */
const AREAS: Readonly<Record<string, RegExp>> = {
  set_up: /^(access|api-keys|auth-issuers|invitations|members|role-assignments|roles|setup|teams|workspace)\.ts$/,
  integrations: /^(webhooks|inbound-github)\.ts$/,
  health: /^health\.ts$/,
};
const areaOf = (file: string): string => Object.keys(AREAS).find((area) => AREAS[area]?.test(file)) ?? 'desk';

/**
 * Cuts the Worker where a start needs nothing of what lies behind: the registry becomes a list of paths whose areas are
 * evaluated on first use, and so are the doors. At a start stands what every request passes: ids, headers, refusals.
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
    bundle.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ path, importer }) => {
      const door = path.slice(2, -3);
      const of = DOORS[door]?.of;
      return of !== undefined && importer === join(workers, `${of}.ts`) ? { path: door, namespace: 'door' } : undefined;
    });
    bundle.onLoad({ filter: /.*/, namespace: 'door' }, ({ path }) => ({
      contents: doorModule(path),
      resolveDir: workers,
    }));
  },
});

const doorModule = (path: string): string => {
  const name = DOORS[path]?.name;
  return `export const ${name} = async (...given) => (await import('./${path}.ts')).${name}(...given);`;
};

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

/**
 * `workers/mounted.ts` written out, in the order of the registry: [area, place in it, method, path, kind if not staff].
 * @throws Error where a route does not stand in exactly one file of the registry.
 */
function mountedLater(registry: readonly Home[]): string {
  const areas = [...new Set(registry.map(({ file }) => areaOf(file)))];
  const inArea = areas.map((area) => ownOf(registry, area).flatMap((home) => home.routes));
  const rows = routes.map(({ id, method, path, kind }) => {
    const homes = inArea.flatMap((those, area) => those.map((route, place) => ({ id: route.id, area, place })));
    const [home, ...others] = homes.filter((each) => each.id === id);
    if (home === undefined || others.length > 0)
      throw new Error(`the route ${id} stands not in one file of the registry`);
    const { area, place } = home;
    return JSON.stringify([area, place, method, path, ...(kind === 'staff' ? [] : [kind])]);
  });
  return `const areas = [${areas.map((area) => `() => import('area:${area}')`).join(', ')}];
    export const mounted = [${rows.join(',')}].map(([area, place, method, path, kind = 'staff']) => ({
      method, path, kind, load: async () => (await areas[area]()).routes[place],
    }));`;
}

const ownOf = (registry: readonly Home[], area: string): Home[] => registry.filter(({ file }) => areaOf(file) === area);

function areaModule(registry: readonly Home[], area: string): string {
  const own = ownOf(registry, area);
  const imports = own.map(({ list, file }) => `import { ${list} } from './${file}';`);
  return `${imports.join('\n')}\nexport const routes = [${own.map(({ list }) => `...${list}`).join(', ')}];`;
}
