import { describe, expect, test } from 'vitest';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { routes } from '#workers/routes/index.ts';
import { ALLOWED_CATCHES } from './architecture/allowed-catches.ts';
import {
  bundleViolations,
  folderCircles,
  folderEdges,
  layerViolations,
  pathViolations,
  runtimeViolations,
} from './architecture/imports.ts';
import {
  ambientReads,
  dynamicImports,
  forgedPermits,
  longFiles,
  lostTables,
  namelessFolders,
  strayCrons,
  strayQueues,
  unguardedRoutes,
  unlistedCatches,
} from './architecture/rules.ts';
import { type Files, sourceFiles } from './architecture/source-files.ts';

/** What an import of a folder may tie that the rule of no circles looks past. */
const TIED = [
  // One foundation in two folders: a permit is part of every change, and the rules of power are changes themselves.
  'access → kernel',
];

const files = sourceFiles();
/** The repository with files added, or with their text changed. */
const planted = (changes: Record<string, string | ((text: string) => string)>): Files =>
  new Map([
    ...files,
    ...Object.entries(changes).map(([path, change]): [string, string] => [
      path,
      typeof change === 'string' ? change : change(files.get(path) ?? ''),
    ]),
  ]);

/** Each rule: it holds, and each plant breaks it by name. */
const rules: readonly {
  name: string;
  violations: (files: Files) => string[];
  plants: readonly { changes: Parameters<typeof planted>[0]; says: string }[];
}[] = [
  {
    name: 'imports point down: workers, queues, services, schema',
    violations: layerViolations,
    plants: [
      {
        changes: { 'services/tickets/x.ts': "import { routes } from '#workers/routes/index.ts';" },
        says: 'services/tickets/x.ts imports workers/routes/index.ts',
      },
      {
        changes: { 'schema/x.ts': "import type { Permit } from '#services/access/permit.ts';" },
        says: 'schema/x.ts imports services/access/permit.ts',
      },
      {
        changes: { 'queues/x.ts': "export { env } from '../workers/env.ts';" },
        says: 'queues/x.ts imports workers/env.ts',
      },
      {
        changes: { 'workers/x.ts': "import { startWorker } from '#tests/support/worker.ts';" },
        says: 'workers/x.ts imports tests/support/worker.ts',
      },
      {
        changes: { 'services/x/x.ts': "import {\n  one,\n  two,\n} from '#local/start.ts';" },
        says: 'services/x/x.ts imports local/start.ts',
      },
    ],
  },
  {
    name: 'services and schema know no runtime',
    violations: runtimeViolations,
    plants: [
      { changes: { 'services/x/x.ts': "import { Hono } from 'hono';" }, says: 'services/x/x.ts imports hono' },
      {
        changes: { 'services/x/x.ts': "import { env } from 'cloudflare:workers';" },
        says: 'services/x/x.ts imports cloudflare:workers',
      },
      { changes: { 'schema/x.ts': "import { readFileSync } from 'node:fs';" }, says: 'schema/x.ts imports node:fs' },
    ],
  },
  {
    name: 'across folders imports begin with #',
    violations: pathViolations,
    plants: [
      {
        changes: { 'services/x/x.ts': "import { fold } from '../../schema/fold.ts';" },
        says: 'services/x/x.ts imports ../../schema/fold.ts',
      },
    ],
  },
  {
    name: 'folders of services form no circle',
    violations: (all) => folderCircles(all, TIED),
    plants: [
      {
        changes: { 'services/outbound/x.ts': "import { createWebhook } from '#services/webhooks/create-webhook.ts';" },
        says: 'outbound → webhooks',
      },
      {
        changes: {
          'services/a/x.ts': "import '#services/b/x.ts';",
          'services/b/x.ts': "import type { X } from '../a/x.ts';",
        },
        says: 'b → a',
      },
    ],
  },
  {
    name: 'what builds the API stays out of the Worker',
    violations: bundleViolations,
    plants: [
      {
        changes: { 'workers/app.ts': (text) => `import { openapiDocument } from './openapi/document.ts';\n${text}` },
        says: 'workers/openapi/document.ts',
      },
    ],
  },
  {
    name: 'no dynamic import',
    violations: dynamicImports,
    plants: [
      {
        changes: { 'workers/x.ts': "export const x = () => import('./y.ts');" },
        says: 'workers/x.ts imports dynamically',
      },
    ],
  },
  {
    name: 'in services and schema the moment, randomness and the environment are arguments',
    violations: ambientReads,
    plants: [
      {
        changes: { 'services/x/x.ts': 'export const now = () => Date.now();' },
        says: 'services/x/x.ts reads the clock',
      },
      {
        changes: { 'services/x/x.ts': 'export const now = () => new Date();' },
        says: 'services/x/x.ts reads the clock',
      },
      {
        changes: { 'schema/x.ts': "export const url = process.env['DATABASE_URL'];" },
        says: 'schema/x.ts reads the process',
      },
      {
        changes: { 'services/x/x.ts': 'export const id = crypto.randomUUID();' },
        says: 'services/x/x.ts draws randomness',
      },
    ],
  },
  {
    name: 'no folder is called after nothing',
    violations: namelessFolders,
    plants: [{ changes: { 'services/utils/x.ts': '' }, says: 'services/utils/x.ts' }],
  },
  {
    name: 'a file stays within its limit of lines',
    violations: longFiles,
    plants: [{ changes: { 'services/x/x.ts': '\n'.repeat(301) }, says: 'services/x/x.ts has 301 lines' }],
  },
  {
    name: 'catch stands only where an error becomes an answer',
    violations: (all) => unlistedCatches(all, ALLOWED_CATCHES),
    plants: [
      { changes: { 'services/x/x.ts': 'try { a(); } catch { b(); }' }, says: 'services/x/x.ts catches 1 times' },
      { changes: { 'services/x/x.ts': 'await a().catch(() => undefined);' }, says: 'services/x/x.ts catches 1 times' },
      { changes: { 'workers/cron.ts': '' }, says: 'workers/cron.ts catches less often than its listing says' },
    ],
  },
  {
    name: 'permits are made by permit.ts alone, and the system acts for no caller',
    violations: forgedPermits,
    plants: [
      {
        changes: { 'services/x/x.ts': "const permit = { permission: 'self' } as unknown as Permit;" },
        says: 'services/x/x.ts forges a permit',
      },
      {
        changes: { 'workers/routes/x.ts': "systemPermit('tick');" },
        says: 'workers/routes/x.ts makes a permit in a door',
      },
      {
        changes: { 'services/x/x.ts': "defineVerb({ decide: () => systemPermit('tick') });" },
        says: 'services/x/x.ts acts as the system for a caller',
      },
    ],
  },
  {
    name: 'every table is reached from schema/index.ts',
    violations: lostTables,
    plants: [
      {
        changes: { 'schema/tables/x.ts': "export const x = pgTable('x', {});" },
        says: 'schema/tables/x.ts is not in schema/index.ts',
      },
      {
        changes: { 'schema/tables/teams.ts': "const hidden = pgTable('hidden', {});" },
        says: 'schema/tables/teams.ts keeps a table to itself',
      },
      {
        changes: { 'services/x/x.ts': "export const x = pgTable('x', {});" },
        says: 'services/x/x.ts is not in schema/index.ts',
      },
    ],
  },
  {
    name: 'the crons of wrangler.toml are the jobs of workers/cron.ts',
    violations: strayCrons,
    plants: [
      {
        changes: { 'wrangler.toml': (text) => text.replace('"17 * * * *"', '"18 * * * *"') },
        says: '18 * * * * is in wrangler.toml and not in workers/cron.ts',
      },
      {
        changes: { 'workers/cron.ts': (text) => text.replace("'41 3 * * *'", "'41 4 * * *'") },
        says: '41 4 * * * is in workers/cron.ts and not in wrangler.toml',
      },
    ],
  },
  {
    name: 'the queues of wrangler.toml are those that wake-ups are sent to, with dead letters behind each',
    violations: strayQueues,
    plants: [
      {
        changes: { 'wrangler.toml': (text) => text.replaceAll('queue = "email"', 'queue = "mail"') },
        says: 'email is in services/kernel/wake.ts and not in producers of wrangler.toml',
      },
      {
        changes: { 'wrangler.toml': (text) => text.replace('dead_letter_queue = "dead-letters"\n', '') },
        says: 'a consumer has no dead letters behind it',
      },
      {
        changes: { 'services/kernel/wake.ts': (text) => text.replace("  github: ['", "  gitlab: ['") },
        says: 'gitlab is in services/kernel/wake.ts and not in producers of wrangler.toml',
      },
    ],
  },
];

describe.each(rules)('$name', ({ violations, plants }) => {
  test('holds', () => {
    expect(violations(files)).toEqual([]);
  });

  test.each(plants)('is broken by a plant: $says', ({ changes, says }) => {
    expect(violations(planted(changes))).toContain(says);
  });
});

test('every edge that the rule of circles looks past is there, so that the list shrinks with the code', () => {
  expect(TIED.filter((edge) => !folderEdges(files).has(edge))).toEqual([]);
});

test('every route declares a permission of the catalogue, or says public, self or identity', () => {
  expect(unguardedRoutes(routes, PERMISSION_KEYS)).toEqual([]);
  expect(
    unguardedRoutes(
      [{ id: 'x' }, { id: 'y', permission: 'ticket.fly' }, { id: 'z', permission: { anyOf: [] } }],
      PERMISSION_KEYS,
    ),
  ).toEqual(['x declares undefined', 'y declares ticket.fly', 'z declares [object Object]']);
});

test('words in comments and strings are no code', () => {
  const quiet = planted({
    'services/x/x.ts': "// try { } catch { }\n/* import('x') */\nexport const text = 'Date.now() catch import(';",
  });
  expect([...unlistedCatches(quiet, ALLOWED_CATCHES), ...dynamicImports(quiet), ...ambientReads(quiet)]).toEqual([]);
});
