import type { Statement } from './query.ts';

/** Where a statement writes: `for update` and `do update` are no writes of a table. */
const WRITES =
  /\b(?:insert into|delete from|(?<!\b(?:for|key|do)\s+)update)\s+(?:only\s+)?(?:"?public"?\.)?"?(\w+)"?/gi;

/** Rows that statements would write, table by table; null where the statement itself finds them when it runs. */
export function countWrites(statements: readonly Statement[]): Record<string, number | null> {
  const counted: Record<string, number | null> = {};
  for (const { text, writes } of statements) {
    const tables = new Set([...text.matchAll(WRITES)].map(([, table]) => table as string));
    for (const table of tables) {
      const rows = (typeof writes === 'object' ? writes[table] : tables.size === 1 ? writes : undefined) ?? null;
      const before = counted[table];
      counted[table] = before === null || rows === null ? null : (before ?? 0) + rows;
    }
  }
  return counted;
}
