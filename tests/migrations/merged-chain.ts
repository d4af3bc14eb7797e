import { createHash } from 'node:crypto';
import { isConcurrent } from '#migrations/cli/apply-file.ts';
import { type Migration, readMigrations } from '#migrations/cli/journal.ts';
import { MIGRATIONS_DIR } from '#migrations/cli/migrate.ts';

/** The chain of this repository as one file, with other files behind it: one upgrade instead of many. */
export function mergedChain(...later: string[]): Migration[] {
  const files = readMigrations(MIGRATIONS_DIR);
  const last = files.at(-1);
  if (last === undefined) throw new Error('the chain is empty');
  const whole = files.map((file) =>
    isConcurrent(file) ? file.sql.replaceAll(/ concurrently if not exists/gi, '') : file.sql,
  );
  return [whole.join('\n'), ...later].map((sql, idx) => {
    const tag = `${String(idx).padStart(4, '0')}_merged`;
    const sha256 = createHash('sha256').update(sql).digest('hex');
    return {
      idx,
      tag,
      when: idx,
      file: `${tag}.sql`,
      sql,
      sha256,
      snapshot: last.snapshot,
    };
  });
}
