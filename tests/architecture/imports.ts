import { posix } from 'node:path';
import { type Files, isProduct, isTest } from './source-files.ts';

export interface Import {
  from: string;
  /** As written. */
  specifier: string;
  /** A path of the repository, or the name of a package. */
  to: string;
  typeOnly: boolean;
}

const STATEMENT = /^\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"\n]+)['"]/gm;

export const importsOf = (path: string, text: string): Import[] =>
  [...text.matchAll(STATEMENT)].map(([, , type, specifier = '']) => ({
    from: path,
    specifier,
    to: specifier.startsWith('#')
      ? specifier.slice(1)
      : specifier.startsWith('.')
        ? posix.join(posix.dirname(path), specifier)
        : specifier,
    typeOnly: type !== undefined,
  }));

const all = (files: Files): Import[] =>
  [...files].flatMap(([path, text]) => (path.endsWith('.ts') ? importsOf(path, text) : []));
const folderOf = (path: string): string => path.split('/')[0] ?? '';

const LAYERS = ['workers', 'queues', 'services', 'schema'];
/** What a layer may take from beside the layers: the list of migrations, which the health check compares. */
const BESIDE = new Set(['migrations/meta/_journal.json']);

/** Imports point down: workers → queues → services → schema. The product takes nothing from tests, scripts or local. */
export function layerViolations(files: Files): string[] {
  return all(files)
    .filter(({ from, to }) => isProduct(from) && to.includes('/') && !to.startsWith('@') && !BESIDE.has(to))
    .filter(({ from, to }) => {
      const [upper, lower] = [LAYERS.indexOf(folderOf(from)), LAYERS.indexOf(folderOf(to))];
      return isOurs(to) && (lower === -1 || lower < upper);
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

const OURS = new Set([...LAYERS, 'bench', 'client', 'local', 'migrations', 'scripts', 'tests', 'widget']);
const isOurs = (to: string): boolean => OURS.has(folderOf(to));

/** `node:crypto` and `node:buffer` compute and do nothing else; every other module is of one runtime. */
const RUNTIME = /^(?:hono(?:\/|$)|cloudflare:|node:(?!(?:crypto|buffer)$))/;

/** services and schema know no runtime: bindings, clock and environment are arguments. */
export function runtimeViolations(files: Files): string[] {
  return all(files)
    .filter(({ from, to }) => isProduct(from) && /^(?:services|schema)\//.test(from) && RUNTIME.test(to))
    .map(({ from, to }) => `${from} imports ${to}`);
}

/** Across folders `#…`, inside one folder `./…`: an import reads the same wherever it stands. */
export function pathViolations(files: Files): string[] {
  return all(files)
    .filter(({ from, specifier, to }) => {
      if (specifier.startsWith('#')) return false;
      return specifier.startsWith('.') && isOurs(to) && folderOf(to) !== folderOf(from);
    })
    .map(({ from, specifier }) => `${from} imports ${specifier}`);
}

/**
 * Circles between the folders of services, each as the folders of one knot with the imports that tie it. `ignored` are
 * edges `a → b` that the rule looks past.
 */
export function folderCircles(files: Files, ignored: readonly string[] = []): string[] {
  const edges = folderEdges(files);
  const out = new Map<string, string[]>();
  for (const [a, b] of edges.values()) {
    if (!ignored.includes(`${a} → ${b}`)) out.set(a, [...(out.get(a) ?? []), b]);
  }
  return [...out]
    .flatMap(([a, targets]) => targets.filter((b) => reaches(out, b, a)).map((b) => `${a} → ${b}`))
    .toSorted();
}

/** Every edge between folders of services, by its name `a → b`. */
export function folderEdges(files: Files): Map<string, [string, string]> {
  const edges = new Map<string, [string, string]>();
  for (const { from, to } of all(files)) {
    const [a, b] = [serviceOf(from), serviceOf(to)];
    if (a !== undefined && b !== undefined && a !== b && !isTest(from)) edges.set(`${a} → ${b}`, [a, b]);
  }
  return edges;
}

const serviceOf = (path: string): string | undefined => /^services\/([^/]+)\//.exec(path)?.[1];

function reaches(edges: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const queue = [from];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...(edges.get(next) ?? []));
  }
  return false;
}

/** What runs only when the API is built stays out of the Worker. */
export function bundleViolations(files: Files): string[] {
  const seen = new Set<string>();
  const queue = ['workers/index.ts'];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(
      ...importsOf(next, files.get(next) ?? '')
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ to }) => to),
    );
  }
  return [...seen].filter((path) => path.startsWith('workers/openapi/')).toSorted();
}
