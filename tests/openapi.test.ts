import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '#schema/api/problem.ts';
import { ERROR_STATUS } from '#schema/errors.ts';
import { idName } from '#schema/id-schema.ts';
import { ID_PREFIXES, idPattern, type Prefix } from '#schema/ids.ts';
import type { Json, JsonObject } from '#workers/openapi/components.ts';
import { DOCUMENT_PATH, openapiDocument } from '#workers/openapi/document.ts';
import { exampleRequest } from '#workers/openapi/request-example.ts';
import { answersOf } from '#workers/routes/dry-run.ts';
import { routes } from '#workers/routes/index.ts';
import { tomlList } from './architecture/toml.ts';

const REPOSITORY = new URL('..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

const document = openapiDocument(routes) as {
  paths: Record<string, Record<string, JsonObject>>;
  components: Record<string, Record<string, JsonObject>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mallard-api-'));
  const built = (path: string): string => readFileSync(join(folder, path), 'utf8');

  beforeAll(() => {
    execFileSync(process.execPath, [join(REPOSITORY, 'scripts/build-api.ts'), '--into', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the committed document equals a fresh build byte for byte', () => {
    expect(read('openapi/openapi.json') === built('openapi/openapi.json'), 'run npm run build:api and commit').toBe(
      true,
    );
    expect(built('dist/assets/api/v1/openapi.json')).toBe(built('openapi/openapi.json'));
  });

  test('each error code has a page, and no page stands for a code that is none', () => {
    const pages = readdirSync(join(folder, 'dist/assets/docs/errors')).map((name) => name.replace('.html', ''));
    expect(pages.toSorted()).toEqual([...Object.keys(ERROR_STATUS), 'index'].toSorted());
  });

  test('each reason that an operation declares is explained on the page of its code', () => {
    for (const route of routes) {
      for (const reason of route.reasons ?? []) {
        const pages = Object.keys(ERROR_STATUS).filter((code) =>
          built(`dist/assets/docs/errors/${code}.html`).includes(`id="${reason}"`),
        );
        expect(pages, `${route.id} ${reason}`).not.toEqual([]);
      }
    }
  });

  test('the reference page takes nothing from another host and runs no script but its one', () => {
    const page = built('dist/assets/docs/index.html');
    expect(page).not.toMatch(/(?:src|href|url)="?(?:https?:)?\/\//);
    expect([...page.matchAll(/<script src="([^"]*)"/g)].map(([, source]) => source)).toEqual(['/docs/scalar.js']);
    expect(built('dist/assets/_headers')).toContain("default-src 'none'; script-src 'self'");
  });

  test('the texts for programs name every operation', () => {
    for (const { id } of routes) expect(built('dist/assets/docs/api.md')).toContain(`\`${id}\``);
    expect(built('dist/assets/llms.txt')).toContain(DOCUMENT_PATH);
  });
});

describe('the document', () => {
  test('has the operations of the registry and no others, each under its method and path', () => {
    const inDocument = operations.map(
      ({ path, method, operation }) => `${operation.operationId} ${method.toUpperCase()} ${path}`,
    );
    expect(inDocument.toSorted()).toEqual(routes.map(({ id, method, path }) => `${id} ${method} ${path}`).toSorted());
  });

  test('names each operation once, in camelCase, and says in a line what it does', () => {
    const ids = operations.map(({ operation }) => String(operation.operationId));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) {
      expect(operation.operationId).toMatch(/^[a-z]+(?:[A-Z][a-z0-9]*)+$/);
      expect(String(operation.summary).length).toBeLessThanOrEqual(80);
    }
  });

  test('resolves every reference and uses every component', () => {
    const used = new Set<string>();
    const named = new Set(
      Object.entries(document.components).flatMap(([kind, all]) =>
        Object.keys(all).map((name) => `#/components/${kind}/${name}`),
      ),
    );
    walk(document, (node) => {
      if (typeof node.$ref === 'string') used.add(node.$ref);
      for (const name of Array.isArray(node.security)
        ? node.security.flatMap((need) => Object.keys(need as JsonObject))
        : []) {
        used.add(`#/components/securitySchemes/${name}`);
      }
    });
    expect([...used].toSorted()).toEqual([...named].toSorted());
  });

  test('writes the pattern of an id once, in its own component, and it is the one that validates', () => {
    const prefixes = new Map((Object.keys(ID_PREFIXES) as Prefix[]).map((prefix) => [idName(prefix), prefix]));
    for (const [name, schema] of Object.entries(document.components.schemas ?? {})) {
      const prefix = prefixes.get(name);
      expect(schema['x-typeid-prefix'], name).toBe(prefix);
      if (prefix !== undefined) expect(schema.pattern).toBe(idPattern(prefix));
    }
    const patterns: string[] = [];
    walk(document, (node) => {
      if (typeof node.pattern === 'string' && node.pattern.includes('[0-7][0-9a-hjkmnp-tv-z]'))
        patterns.push(node.pattern);
    });
    expect(new Set(patterns).size).toBe(patterns.length);
  });

  test('declares a parameter as what it means: a limit is a number with its bounds, several values are a list', () => {
    const limits = operations.flatMap(({ operation }) =>
      ((operation.parameters ?? []) as JsonObject[]).filter(({ name }) => name === 'limit'),
    );
    expect(limits.length).toBeGreaterThan(0);
    for (const limit of limits)
      expect(limit.schema).toEqual({ type: 'integer', minimum: 1, maximum: expect.any(Number), default: 50 });
    walk(document, (node) => {
      if (node.type === 'integer' || node.type === 'boolean') expect(node).not.toHaveProperty('pattern');
    });
  });

  test.each(routes.map((route) => [route.id, route] as const))(
    '%s: examples fit the schemas that they illustrate',
    (_id, route) => {
      const request = exampleRequest(route);
      const asText = Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)]));
      route.params?.parse(asText);
      route.query?.parse(request.query);
      route.body?.parse(request.body);
      const responses = operationOf(route.id).responses as Record<string, JsonObject>;
      for (const [status, response] of Object.entries(responses)) {
        const schema = answersOf(route)[Number(status)];
        for (const example of examplesIn(resolved(response))) (schema ?? Problem).parse(example);
      }
    },
  );

  test.each(routes.map((route) => [route.id, route] as const))(
    '%s: every refusal is a problem, and every status says what it means',
    (_id, route) => {
      for (const [status, response] of Object.entries(operationOf(route.id).responses as Record<string, JsonObject>)) {
        const { description, content } = resolved(response) as { description: string; content?: JsonObject };
        expect(description.length, status).toBeGreaterThan(0);
        if (Number(status) in answersOf(route)) continue;
        expect(content?.['application/problem+json'], status).toMatchObject({
          schema: { $ref: '#/components/schemas/Problem' },
        });
      }
    },
  );

  test('says of each operation what it needs and what it costs', () => {
    for (const { operation } of operations) {
      for (const name of ['x-permission', 'x-check', 'x-idempotency', 'x-version', 'x-reasons', 'x-round-trips']) {
        expect(operation, String(operation.operationId)).toHaveProperty(name);
      }
    }
  });
});

test('the Worker is asked first for the paths of the registry, and only for those', () => {
  const declared = tomlList(read('wrangler.toml'), 'run_worker_first');
  expect(declared.toSorted()).toEqual(workerPaths(routes.map(({ path }) => path)).toSorted());
});

/** One pattern per first segment; without the slash where the segment itself is a path. The document is an asset. */
function workerPaths(paths: readonly string[]): string[] {
  const first = new Set(paths.map((path) => path.split('/')[1]));
  return [
    ...[...first].map((segment) => (paths.includes(`/${segment}`) ? `/${segment}*` : `/${segment}/*`)),
    `!${DOCUMENT_PATH}`,
  ];
}

function operationOf(id: string): JsonObject {
  const found = operations.find(({ operation }) => operation.operationId === id);
  if (found === undefined) throw new Error(`${id} is not in the document`);
  return found.operation;
}

function resolved(node: JsonObject): JsonObject {
  if (typeof node.$ref !== 'string') return node;
  const [kind = '', name = ''] = node.$ref.split('/').slice(2);
  return document.components[kind]?.[name] ?? {};
}

function examplesIn({ content = {} }: JsonObject): Json[] {
  return Object.values(content as Record<string, JsonObject>).flatMap(({ example, examples = {} }) => [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples as Record<string, JsonObject>).map((each) => resolved(each).value ?? null),
  ]);
}

function walk(value: unknown, visit: (node: JsonObject) => void): void {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) visit(value as JsonObject);
  for (const inner of Object.values(value)) walk(inner, visit);
}
