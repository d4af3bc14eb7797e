import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { RootWrite } from './change.ts';
import { stored } from './insert-rows.ts';
import { qb } from './query.ts';

/** Many roots of one table, each with columns of its own, as one update under their guards. */
export function updateEach(
  { table, each }: Extract<RootWrite, { kind: 'each' }>,
  emittedBy: (id: Id) => number,
  touched: { updatedAt?: Date },
): SQL {
  const columns = getTableColumns(table) as Record<string, PgColumn>;
  const moved = [...new Set(each.flatMap(({ set }) => Object.keys(set)))];
  const rows = each.map(({ loaded, set }) => ({
    id: idToUuid(loaded.id),
    revision: loaded.revision,
    emitted: emittedBy(loaded.id),
    moved: Object.fromEntries(
      Object.entries(set).map(([name, value]) => [name, stored(columns[name] as PgColumn, value)]),
    ),
  }));
  return qb
    .update(table)
    .set({
      ...touched,
      ...Object.fromEntries(moved.map((name) => [name, movedTo(name, columns[name] as PgColumn)])),
      revision: sql`${table.revision} + 1`,
      eventSeq: sql`${table.eventSeq} + loaded.emitted`,
    })
    .from(
      sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as loaded(id uuid, revision integer, emitted integer, moved jsonb)`,
    )
    .where(sql`${table.id} = loaded.id and ${table.revision} = loaded.revision`)
    .getSQL();
}

const movedTo = (name: string, column: PgColumn): SQL => {
  const value =
    column.dataType === 'json'
      ? sql`loaded.moved -> ${name}::text`
      : sql`(loaded.moved ->> ${name}::text)::${sql.raw(column.getSQLType())}`;
  return sql`case when loaded.moved ? ${name}::text then ${value} else ${column} end`;
};
