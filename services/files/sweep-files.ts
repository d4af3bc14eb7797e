import { sql } from 'drizzle-orm';
import { rows, run } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { type FileStore, MOST_KEYS } from '#services/storage/file-store.ts';

const MOST_ROUNDS = 20;
const DAY_MS = 86_400_000;
/** Objects of today and yesterday may still get their row; those of the day before cannot. */
const SETTLED_DAYS = 2;
const MOST_DAYS = 30;

/**
 * Hourly: staged files that no message took, and objects whose rows are gone. An object is deleted before its line is
 * closed, so a run that dies repeats it; keys that a live row has are left alone. Answers how many objects went.
 */
export async function sweepFiles(kernel: Kernel, files: FileStore): Promise<number> {
  const now = sql`${kernel.now.toISOString()}::timestamptz`;
  const expired = run(sql`with gone as (
      delete from ticket_attachments where id in (
        select id from ticket_attachments where state = 'staged' and expires_at <= ${now}
        order by expires_at limit ${MOST_KEYS} for update skip locked)
      returning storage_key)
    insert into object_deletions (storage_key, not_before) select storage_key, ${now} from gone on conflict do nothing`);
  const due = rows<{ storage_key: string }>(sql`select d.storage_key from object_deletions d
    where d.done_at is null and d.not_before <= ${now}
      and not exists (select from ticket_attachments a where a.storage_key = d.storage_key and a.deleted_at is null)
    order by d.not_before limit ${MOST_KEYS}`);
  let deleted = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [, found] = await kernel.db.batch([expired, due], { kind: 'commit' });
    if (found.length === 0) break;
    const keys = found.map(({ storage_key }) => storage_key);
    await files.delete(keys);
    await kernel.db.batch(
      [run(sql`update object_deletions set done_at = ${now} where storage_key = any (${sql.param(keys)}::text[])`)],
      { kind: 'commit' },
    );
    deleted += keys.length;
  }
  return deleted;
}

/**
 * Daily: objects of settled days that no row knows, left by uploads whose commit failed. Days since the last run are caught
 * up. Answers how many went.
 */
export async function sweepOrphans(kernel: Kernel, files: FileStore): Promise<number> {
  const [[last]] = await kernel.db.batch(
    [rows<{ at: string | null }>(sql`select finished_at as at from heartbeats where name = 'retention'`)],
    { kind: 'load' },
  );
  let deleted = 0;
  for (const day of settledDays(kernel.now, last?.at ? new Date(last.at) : undefined)) {
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await files.list(`a/${day}/`, cursor);
      cursor = page.next;
      if (page.keys.length === 0) continue;
      const [unknown] = await kernel.db.batch(
        [
          rows<{ key: string }>(sql`select key from unnest(${sql.param(page.keys)}::text[]) key
            where not exists (select from ticket_attachments a where a.storage_key = key)`),
        ],
        { kind: 'load' },
      );
      if (unknown.length > 0) await files.delete(unknown.map(({ key }) => key));
      deleted += unknown.length;
    }
  }
  return deleted;
}

/** The days that have settled since the last run, the day before yesterday at least. */
function settledDays(now: Date, last: Date | undefined): string[] {
  const dayOf = (at: number): number => Math.floor(at / DAY_MS);
  const newest = dayOf(now.getTime()) - SETTLED_DAYS;
  const after = last === undefined ? newest - 1 : dayOf(last.getTime()) - SETTLED_DAYS;
  const count = Math.min(Math.max(newest - after, 1), MOST_DAYS);
  return Array.from({ length: count }, (_, n) => new Date((newest - n) * DAY_MS).toISOString().slice(0, 10));
}
