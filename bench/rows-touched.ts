import type pg from 'pg';
import type { Statement } from '#services/kernel/query.ts';

export interface RowsTouched {
  /** Entries read out of indexes. */
  index: number;
  /** Rows read out of tables, those included that a filter threw away. */
  heap: number;
}

const COUNTED = `
select coalesce(sum(returned) filter (where kind = 'i'), 0)::int as index,
  coalesce(sum(fetched) filter (where kind = 'i'), 0)::int + coalesce(sum(returned + fetched) filter (where kind = 'r'), 0)::int as heap
from (
  select c.relkind as kind, pg_stat_get_xact_tuples_returned(c.oid) as returned, pg_stat_get_xact_tuples_fetched(c.oid) as fetched
  from pg_class c left join pg_index i on i.indexrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and ($1::text is null or coalesce(i.indrelid, c.oid) = to_regclass($1))) counted`;

/**
 * What a statement reads as Postgres itself counts it, inside of functions too, which no plan shows; of one table or of
 * all. `before` runs in the same transaction, which is rolled back.
 */
export async function rowsTouched(
  client: pg.Client,
  statement: Statement,
  { before, table = null }: { before?: Statement | undefined; table?: string | null } = {},
): Promise<RowsTouched> {
  const count = async (): Promise<RowsTouched> =>
    (await client.query<RowsTouched>(COUNTED, [table])).rows[0] ?? { index: 0, heap: 0 };
  await client.query('begin');
  try {
    if (before !== undefined) await client.query(before.text, [...before.params]);
    const start = await count();
    await client.query(statement.text, [...statement.params]);
    const end = await count();
    return { index: end.index - start.index, heap: end.heap - start.heap };
  } finally {
    await client.query('rollback');
  }
}
