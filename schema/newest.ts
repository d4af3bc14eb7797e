import type { AnyPgColumn, ExtraConfigColumn } from 'drizzle-orm/pg-core';

/**
 * A descending part of an index, nulls first as in a plain `order by … desc`: in any other order the planner sorts again.
 * Call it anew for each index: Drizzle keeps the order on the column itself and clears it once an index has read it.
 */
export function newest(column: ExtraConfigColumn): AnyPgColumn {
  column.desc().nullsFirst();
  return column;
}
