import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path in the repository → text. Rules are functions over it, so that a test can plant a violation. */
export type Files = ReadonlyMap<string, string>;

const ROOT = new URL('../..', import.meta.url).pathname;
const FOLDERS = [
  'bench',
  'client',
  'local',
  'migrations',
  'queues',
  'schema',
  'scripts',
  'services',
  'tests',
  'widget',
  'workers',
];

/** Every TypeScript file of ours, and the configurations that rules compare with. */
export function sourceFiles(): Files {
  const files = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const path of typescriptIn(folder)) files.set(path, readFileSync(join(ROOT, path), 'utf8'));
  }
  for (const path of ['wrangler.toml', 'package.json']) files.set(path, readFileSync(join(ROOT, path), 'utf8'));
  return files;
}

function typescriptIn(folder: string): string[] {
  const entries = readdirSync(ROOT, { withFileTypes: true }).some(({ name }) => name === folder)
    ? readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    : [];
  return entries
    .filter(
      (entry) => entry.isFile() && /^[^.].*\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .toSorted();
}

export const isTest = (path: string): boolean => path.startsWith('tests/') || path.endsWith('.test.ts');

/** The product itself: what is deployed. */
export const isProduct = (path: string): boolean => /^(?:workers|queues|services|schema)\//.test(path) && !isTest(path);

/** Text without comments and without what stands in quotes, so that words in them are no code. */
export const codeOf = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (found) =>
    /^['"]/.test(found) ? "''" : '',
  );
