import { isDeepStrictEqual } from 'node:util';
import { checkWidens } from './check-widens.ts';
import { isConstant, isNull } from './constant-default.ts';
import type { Migration } from './journal.ts';
import type { Problem } from './problem.ts';
import type { Snapshot, SnapshotColumn, SnapshotTable } from './snapshot.ts';
import { parseExpression } from './statements.ts';

export type SnapshotFile = Pick<Migration, 'file' | 'snapshot'>;

/**
 * Proof P1: between consecutive snapshots every table, column, index, key, check and foreign key survives unchanged; a new
 * column of an older table is nullable or has a constant default; a check changes only to a wider one.
 */
export function checkSnapshotAdditivity(files: readonly SnapshotFile[]): Problem[] {
  return files.flatMap(({ file, snapshot }, position) => {
    const before = files[position - 1]?.snapshot;
    if (before === undefined) return [];
    return snapshotRefusals(before, snapshot).map((reason): Problem => ({ proof: 'P1', file, reason }));
  });
}

function snapshotRefusals(before: Snapshot, after: Snapshot): string[] {
  const refused = (['enums', 'schemas', 'sequences', 'roles', 'policies', 'views'] as const).flatMap((kind) =>
    survivors(before[kind], after[kind], kind, ''),
  );
  for (const [name, old] of Object.entries(before.tables)) {
    const next = after.tables[name];
    if (next === undefined) refused.push(`table ${name} is gone`);
    else refused.push(...tableRefusals(name, old, next));
  }
  return refused;
}

function tableRefusals(name: string, old: SnapshotTable, next: SnapshotTable): string[] {
  const refused = [
    ...survivors(old.columns, next.columns, 'column', name),
    ...survivors(old.indexes, next.indexes, 'index', name),
    ...survivors(old.foreignKeys, next.foreignKeys, 'foreign key', name),
    ...survivors(old.compositePrimaryKeys, next.compositePrimaryKeys, 'primary key', name),
    ...survivors(old.uniqueConstraints, next.uniqueConstraints, 'unique key', name),
    ...survivors(old.policies, next.policies, 'policy', name),
    ...checkRefusals(name, old, next),
    ...strangers(old.compositePrimaryKeys, next.compositePrimaryKeys, 'primary key', name),
    ...strangers(old.uniqueConstraints, next.uniqueConstraints, 'unique key', name),
  ];
  if (old.isRLSEnabled !== next.isRLSEnabled) refused.push(`row security of ${name} changes`);
  for (const [column, shape] of Object.entries(next.columns)) {
    if (old.columns[column] === undefined) refused.push(...columnRefusals(`${name}.${column}`, shape));
  }
  return refused;
}

function checkRefusals(table: string, old: SnapshotTable, next: SnapshotTable): string[] {
  return Object.entries(old.checkConstraints).flatMap(([name, { value }]) => {
    const changed = next.checkConstraints[name];
    if (changed === undefined) return [`check ${name} of ${table} is gone`];
    if (changed.value === value || checkWidens(parseExpression(value), parseExpression(changed.value))) return [];
    return [`check ${name} of ${table} is not wider than before`];
  });
}

function columnRefusals(name: string, column: SnapshotColumn): string[] {
  const refused: string[] = [];
  const given = typeof column.default === 'string' ? parseExpression(column.default) : undefined;
  const constant = column.default !== undefined && (given === undefined || isConstant(given));
  const filled = constant && (given === undefined || !isNull(given));
  if (column.default !== undefined && !constant) refused.push(`new column ${name} has a default that is no constant`);
  if (column.notNull && !filled && column.generated === undefined) {
    refused.push(`new column ${name} is not null without a constant default`);
  }
  if (column.generated !== undefined && column.generated.type !== 'virtual') {
    refused.push(`new column ${name} is generated and stored, which rewrites the table`);
  }
  if (column.identity !== undefined) refused.push(`new column ${name} is an identity, which rewrites the table`);
  if (column.primaryKey) refused.push(`new column ${name} is a primary key`);
  return refused;
}

type Named = Readonly<Record<string, unknown>>;

function survivors(before: Named, after: Named, kind: string, table: string): string[] {
  return Object.entries(before).flatMap(([name, shape]) => {
    const label = `${kind} ${name}${table === '' ? '' : ` of ${table}`}`;
    if (after[name] === undefined) return [`${label} is gone`];
    return isDeepStrictEqual(after[name], shape) ? [] : [`${label} changes`];
  });
}

function strangers(before: Named, after: Named, kind: string, table: string): string[] {
  return Object.keys(after).flatMap((name) =>
    before[name] === undefined ? [`${kind} ${name} is new on the older table ${table}`] : [],
  );
}
