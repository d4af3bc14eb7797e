import { getTableColumns, sql } from 'drizzle-orm';
import { boolean, type PgTable } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

/**
 * The order of a list of tickets, beside what leads to them: what is shared with a team, has a part for somebody or carries a
 * tag is then a page of one index. Triggers alone keep these columns (`functions/lens-activity.ts`), so that no verb can forget
 * it; only lists read them. What no list is led by, an ended share or the part of a contact, keeps the values that it had.
 */
export const lensActivity = () => ({
  lastActivityAt: instant().notNull().default(sql`'-infinity'`),
  isActive: boolean().notNull().default(true),
});

type Kept = keyof ReturnType<typeof lensActivity>;

/** A row as verbs know it. */
export type WithoutLens<Row> = Omit<Row, Kept>;

/** The columns that other verbs read: an instant before all others is no `Date`. */
export function columnsWithoutLens<T extends PgTable>(table: T): WithoutLens<T['_']['columns']> {
  const { lastActivityAt: _at, isActive: _active, ...columns } = getTableColumns(table);
  return columns as WithoutLens<T['_']['columns']>;
}
