import { sql } from 'drizzle-orm';
import { RETENTION } from '#schema/retention.ts';
import { rows } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';

const ROUND = 5000;
/** Database time for one table in one night; the rest waits for the next. */
const MOST_MILLISECONDS = 20_000;

/**
 * Deletes what has outlived its retention, table by table in rounds of 5,000, oldest first. `settings.retention_days` moves
 * a table's days within the registry's bounds. Two runs at once share the work. Answers how many rows went.
 */
export async function purgeExpired(kernel: Kernel): Promise<number> {
  const [[settings]] = await kernel.db.batch(
    [rows<{ days: Record<string, number> }>(sql`select retention_days as days from settings`)],
    {
      kind: 'load',
    },
  );
  let purged = 0;
  for (const [table, rule] of Object.entries(RETENTION)) {
    if (rule === 'kept') continue;
    const wanted = settings?.days[table] ?? rule.days;
    purged += await purgeTable(kernel, table, Math.min(rule.max, Math.max(rule.min, wanted)));
  }
  return purged;
}

async function purgeTable(kernel: Kernel, table: string, days: number): Promise<number> {
  const started = kernel.db.spent.milliseconds;
  for (let purged = 0; ; ) {
    // The database's clock, which `purge_rows` compares with.
    const [[round]] = await kernel.db.batch(
      [
        rows<{ rows: number }>(
          sql`select public.purge_rows(${table}, now() - make_interval(days => ${days}), ${ROUND})::int as rows`,
        ),
      ],
      { kind: 'commit' },
    );
    purged += round?.rows ?? 0;
    if ((round?.rows ?? 0) < ROUND || kernel.db.spent.milliseconds - started > MOST_MILLISECONDS) return purged;
  }
}
