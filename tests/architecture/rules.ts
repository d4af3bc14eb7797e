import { codeOf, type Files, isProduct } from './source-files.ts';
import { tomlList, tomlTables } from './toml.ts';

const MOST_LINES = 300;

export const longFiles = (files: Files): string[] =>
  [...files]
    .filter(([path]) => path.endsWith('.ts'))
    .map(([path, text]) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines`);

const NAMELESS = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'lib',
  'libs',
  'common',
  'types',
  'core',
  'misc',
  'shared',
]);

/** A folder is called after what is in it. */
export const namelessFolders = (files: Files): string[] =>
  [...files.keys()].filter((path) =>
    path
      .split('/')
      .slice(0, -1)
      .some((folder) => NAMELESS.has(folder)),
  );

/** The product loads nothing while it runs. */
export const dynamicImports = (files: Files): string[] =>
  product(files).flatMap(([path, code]) => (/\bimport\s*\(/.test(code) ? [`${path} imports dynamically`] : []));

const AMBIENT: readonly [RegExp, string][] = [
  [/\bDate\.now\(/, 'reads the clock'],
  [/\bnew Date\(\)/, 'reads the clock'],
  [/\bperformance\.now\(/, 'reads the clock'],
  [/\bMath\.random\(/, 'draws randomness'],
  [/\bgetRandomValues\(|\brandomUUID\(|\brandomBytes\(/, 'draws randomness'],
  [/\bprocess\./, 'reads the process'],
  [/\bset(?:Timeout|Interval)\(/, 'sets a timer'],
];

/** In services and schema the moment, randomness and the environment are arguments. */
export const ambientReads = (files: Files): string[] =>
  product(files)
    .filter(([path]) => /^(?:services|schema)\//.test(path))
    .flatMap(([path, code]) => AMBIENT.filter(([pattern]) => pattern.test(code)).map(([, what]) => `${path} ${what}`));

/** `catch` stands only where an error becomes an answer; `allowed` says how many such places a file has. */
export const unlistedCatches = (files: Files, allowed: Readonly<Record<string, number>>): string[] => {
  const found = product(files).map(([path, code]) => [path, code.match(/\bcatch\b/g)?.length ?? 0] as const);
  return [
    ...found
      .filter(([path, count]) => count > (allowed[path] ?? 0))
      .map(([path, count]) => `${path} catches ${count} times`),
    ...Object.entries(allowed)
      .filter(([path, most]) => (found.find(([each]) => each === path)?.[1] ?? 0) < most)
      .map(([path]) => `${path} catches less often than its listing says`),
  ];
};

/** Only permit.ts makes permits; a route never makes the system's, and neither does a verb that a caller's authority runs. */
export function forgedPermits(files: Files): string[] {
  return product(files).flatMap(([path, code]) => [
    ...(path !== 'services/access/permit.ts' && /\bas Permit\b/.test(code) ? [`${path} forges a permit`] : []),
    ...(path.startsWith('workers/') && /\b(?:system|public|self)Permit\(/.test(code)
      ? [`${path} makes a permit in a door`]
      : []),
    ...(/\bdefine(?:Verb|Read)\(/.test(code) && /\b(?:system|public)Permit\(/.test(code)
      ? [`${path} acts as the system for a caller`]
      : []),
  ]);
}

/** Every table stands in schema/tables, is exported, and is reached from schema/index.ts. */
export function lostTables(files: Files): string[] {
  const index = files.get('schema/index.ts') ?? '';
  return product(files).flatMap(([path, code]) => {
    const tables = code.match(/\bpgTable\(/g)?.length ?? 0;
    if (tables === 0) return [];
    const exported = code.match(/^export const \w+ = pgTable\(/gm)?.length ?? 0;
    const listed =
      path.startsWith('schema/tables/') && index.includes(`export * from './${path.slice('schema/'.length)}';`);
    return [
      ...(exported === tables ? [] : [`${path} keeps a table to itself`]),
      ...(listed ? [] : [`${path} is not in schema/index.ts`]),
    ];
  });
}

/** The crons of wrangler.toml are exactly the jobs of workers/cron.ts. */
export function strayCrons(files: Files): string[] {
  const configured = tomlList(text(files, 'wrangler.toml'), 'crons');
  const jobs = [...text(files, 'workers/cron.ts').matchAll(/^\s*'((?:[\d*/,-]+ ){4}[\d*/,-]+)':/gm)].map(
    ([, cron]) => cron ?? '',
  );
  return different(configured, jobs, 'wrangler.toml', 'workers/cron.ts');
}

const DEAD_LETTERS = 'dead-letters';

/** The queues of wrangler.toml are exactly those that wake-ups are sent to, each consumed, each with dead letters behind it. */
export function strayQueues(files: Files): string[] {
  const toml = text(files, 'wrangler.toml');
  const produced = tomlTables(toml, 'queues.producers', 'queue');
  const consumed = tomlTables(toml, 'queues.consumers', 'queue');
  const dead = tomlTables(toml, 'queues.consumers', 'dead_letter_queue');
  const table = /QUEUE_KINDS = \{([\s\S]*?)\n\}/.exec(text(files, 'services/kernel/wake.ts'))?.[1] ?? '';
  const sent = [...table.matchAll(/^\s*'?([\w-]+)'?: \[/gm)].map(([, queue]) => queue ?? '');
  return [
    ...different(produced, sent, 'producers of wrangler.toml', 'services/kernel/wake.ts'),
    ...different(consumed, [...sent, DEAD_LETTERS], 'consumers of wrangler.toml', 'services/kernel/wake.ts'),
    ...(dead.length === sent.length && dead.every((queue) => queue === DEAD_LETTERS)
      ? []
      : ['a consumer has no dead letters behind it']),
  ];
}

function different(a: readonly string[], b: readonly string[], nameOfA: string, nameOfB: string): string[] {
  return [
    ...a.filter((each) => !b.includes(each)).map((each) => `${each} is in ${nameOfA} and not in ${nameOfB}`),
    ...b.filter((each) => !a.includes(each)).map((each) => `${each} is in ${nameOfB} and not in ${nameOfA}`),
  ];
}

/** A route says out loud what it needs. */
export function unguardedRoutes(
  routes: readonly { id: string; permission?: unknown }[],
  catalogue: readonly string[],
): string[] {
  const known = [...catalogue, 'public', 'self', 'identity'];
  return routes.flatMap(({ id, permission }) => {
    const keys =
      typeof permission === 'object' && permission !== null && 'anyOf' in permission
        ? (permission.anyOf as string[])
        : [permission];
    return keys.length > 0 && keys.every((key) => known.includes(key as string))
      ? []
      : [`${id} declares ${String(permission)}`];
  });
}

const product = (files: Files): [path: string, code: string][] =>
  [...files].filter(([path]) => isProduct(path)).map(([path, content]) => [path, codeOf(content)]);

const text = (files: Files, path: string): string => files.get(path) ?? '';
