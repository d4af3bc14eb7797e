import { createHash } from 'node:crypto';
import { generateDrizzleJson } from 'drizzle-kit/api';

type Named<T = object> = Record<string, T & { name: string }>;

/** What the chain reads of a table in drizzle-kit's snapshot; the rest passes through untouched. */
export interface DrizzleTable {
  name: string;
  columns: Named<{ notNull: boolean; default?: unknown }>;
  indexes: Named<{ columns: readonly { expression: string; isExpression: boolean }[]; where?: string }>;
  foreignKeys: Named<{ tableTo: string; columnsFrom: string[] }>;
  uniqueConstraints: Named<{ columns: string[] }>;
  checkConstraints: Named<{ value: string }>;
}

/** A snapshot as drizzle-kit makes, writes and compares it. Its own types do not survive its packaging. */
export interface DrizzleSnapshot {
  id: string;
  prevId: string;
  tables: Record<string, DrizzleTable>;
  sequences: Named;
}

export const FIRST_PREV_ID = '00000000-0000-0000-0000-000000000000';

/** The snapshot of a schema module: its exports, casing as in `drizzle.config.ts`. */
export const snapshotOfSchema = (schema: Record<string, unknown>): DrizzleSnapshot =>
  generateDrizzleJson(schema, FIRST_PREV_ID, undefined, 'snake_case');

export const emptySnapshot = (): DrizzleSnapshot => snapshotOfSchema({});

/** An id that follows from the tag, so that building the chain again changes no byte. */
export function snapshotId(tag: string): string {
  const hex = createHash('sha256').update(tag).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The column names that a piece of generated SQL mentions: they are always quoted. */
export const mentions = (sql: string): string[] => [...sql.matchAll(/"([a-z0-9_]+)"/g)].map((match) => match[1] ?? '');

/** The columns that an index covers or tests. */
export function columnsOfIndex(index: DrizzleTable['indexes'][string]): string[] {
  const covered = index.columns.flatMap((part) => (part.isExpression ? mentions(part.expression) : [part.expression]));
  return [...covered, ...mentions(index.where ?? '')];
}
