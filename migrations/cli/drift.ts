import { isDeepStrictEqual } from 'node:util';
import type { Node } from 'libpg-query';
import type { SqlFile } from './additivity-sql.ts';
import { tableName } from './chain-state.ts';
import { snapshotOfSchema } from './drizzle-snapshot.ts';
import type { Problem } from './problem.ts';
import { type Snapshot, snapshotSchema } from './snapshot.ts';
import { parseStatements, shapeOf, stringsOf } from './statements.ts';

/** What is written by hand beside the tables: functions and triggers as SQL, storage parameters by table. */
export interface HandWritten {
  objects: readonly { name: string; kind: 'function' | 'trigger'; sql: string }[];
  storage: Readonly<Record<string, string>>;
}

/** The snapshot drizzle-kit would write for the schema now, as it would read it again. */
export const readableSnapshotOf = (schema: Record<string, unknown>): Snapshot =>
  snapshotSchema.parse(JSON.parse(JSON.stringify(snapshotOfSchema(schema))));

/**
 * Every place where the schema and the last snapshot differ: what `db:generate` would write into a new file. Compared as
 * trees, because drizzle-kit asks a question where it suspects a rename.
 */
export function checkSchemaDrift(schema: Snapshot, last: Snapshot, file: string): Problem[] {
  return differences(withoutId(last), withoutId(schema), []).map((reason) => ({ proof: 'drift', file, reason }));
}

/** The last definition in the chain of each function, trigger and storage parameter equals its source, and none is missing. */
export function checkHandWrittenDrift(files: readonly SqlFile[], source: HandWritten): Problem[] {
  const inChain = new Map<string, { file: string; shape: string }>();
  for (const { file, sql } of files) {
    for (const { node } of parseStatements(sql)) {
      for (const [key, shape] of handWritten(node)) inChain.set(key, { file, shape });
    }
  }
  const storage = Object.entries(source.storage).map(([table, set]) => `alter table public.${table} set (${set})`);
  const wanted = new Map(
    [...source.objects.map(({ sql }) => sql), ...storage].flatMap((sql) =>
      parseStatements(sql).flatMap(({ node }) => handWritten(node)),
    ),
  );
  const last = files.at(-1)?.file ?? 'the chain';
  const missing = [...wanted.keys()].filter((key) => !inChain.has(key));
  return [
    ...missing.map((key): Problem => ({ proof: 'drift', file: last, reason: `no file holds ${key} of the source` })),
    ...[...inChain].flatMap(([key, { file, shape }]): Problem[] => {
      const source = wanted.get(key);
      if (source === undefined) return [{ proof: 'drift', file, reason: `${key} has no source` }];
      return source === shape ? [] : [{ proof: 'drift', file, reason: `${key} differs from its source` }];
    }),
  ];
}

/** The hand-written things a statement defines, each by kind and name, with the shape of its definition. */
function handWritten(node: Node): [string, string][] {
  if ('CreateFunctionStmt' in node) {
    const { replace: _, funcname, ...rest } = node.CreateFunctionStmt;
    return [[`function ${stringsOf(funcname).at(-1) ?? ''}`, shapeOf(rest)]];
  }
  if ('CreateTrigStmt' in node) {
    const { relation, funcname, ...rest } = node.CreateTrigStmt;
    const table = tableName(relation) ?? '';
    return [[`trigger ${rest.trigname ?? ''} on ${table}`, shapeOf({ ...rest, calls: stringsOf(funcname).at(-1) })]];
  }
  if ('CreateStmt' in node && node.CreateStmt.options !== undefined) {
    return [[`storage of ${tableName(node.CreateStmt.relation) ?? ''}`, shapeOf(node.CreateStmt.options)]];
  }
  if (!('AlterTableStmt' in node)) return [];
  const { relation, cmds = [] } = node.AlterTableStmt;
  return cmds.flatMap((command): [string, string][] =>
    'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_SetRelOptions'
      ? [[`storage of ${tableName(relation) ?? ''}`, shapeOf(parametersOf(command.AlterTableCmd.def))]]
      : [],
  );
}

const parametersOf = (node: Node | undefined): Node[] | undefined =>
  node !== undefined && 'List' in node ? node.List.items : undefined;

const withoutId = ({ id: _id, prevId: _prevId, ...rest }: Snapshot): unknown => rest;

function differences(chain: unknown, schema: unknown, path: readonly string[]): string[] {
  if (isDeepStrictEqual(chain, schema)) return [];
  const place = path.join('.');
  if (schema === undefined) return [`${place} is in the chain and not in the schema`];
  if (chain === undefined) return [`${place} is in the schema and not in the chain`];
  if (!isTree(chain) || !isTree(schema)) {
    return [`${place} is ${JSON.stringify(chain)} in the chain and ${JSON.stringify(schema)} in the schema`];
  }
  const keys = new Set([...Object.keys(chain), ...Object.keys(schema)]);
  return [...keys].flatMap((key) => differences(chain[key], schema[key], [...path, key]));
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
