import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Problem } from './problem.ts';
import { type Snapshot, snapshotSchema } from './snapshot.ts';

const JOURNAL = 'meta/_journal.json';
const NO_SNAPSHOT = '00000000-0000-0000-0000-000000000000';

const journalSchema = z.looseObject({
  entries: z.array(z.looseObject({ idx: z.int(), tag: z.string(), when: z.int() })),
});

/** One file of the chain. `sha256` is lower-case hex over the bytes of the file. */
export interface Migration {
  idx: number;
  tag: string;
  /** Milliseconds since 1970, as drizzle-kit wrote them. */
  when: number;
  file: string;
  sql: string;
  sha256: string;
  snapshot: Snapshot;
}

/**
 * Reads the chain in journal order and checks it whole: `idx` 0, 1, 2 … without hole, the tag begins with the four-digit
 * `idx`, `when` strictly increasing, one file and one snapshot per entry and none besides, the `prevId` chain unbroken.
 * `migrations` holds the entries that could be read; nothing may be applied while there is a problem.
 */
export function readChain(dir: string): { migrations: Migration[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const report = (file: string, reason: string) => problems.push({ proof: 'journal', file, reason });
  const journal = readJson(join(dir, JOURNAL), journalSchema);
  if (typeof journal === 'string') {
    report(JOURNAL, journal);
    return { migrations: [], problems };
  }
  checkOrder(journal.entries, report);
  checkStrays(dir, journal.entries, report);
  const migrations: Migration[] = [];
  let previous = NO_SNAPSHOT;
  const seen = new Map<string, string>();
  for (const { idx, tag, when } of journal.entries) {
    const file = `${tag}.sql`;
    const snapshotFile = snapshotOf(idx);
    const snapshot = readJson(join(dir, snapshotFile), snapshotSchema);
    if (!existsSync(join(dir, file))) report(file, 'is in the journal and missing on disk');
    if (typeof snapshot === 'string') report(snapshotFile, snapshot);
    else {
      const twin = seen.get(snapshot.id);
      if (twin !== undefined) report(snapshotFile, `has the id of ${twin}`);
      if (snapshot.prevId !== previous)
        report(snapshotFile, `prevId is ${snapshot.prevId}, its predecessor is ${previous}`);
      previous = snapshot.id;
      seen.set(snapshot.id, snapshotFile);
    }
    if (typeof snapshot === 'string' || !existsSync(join(dir, file))) continue;
    const bytes = readFileSync(join(dir, file));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    migrations.push({ idx, tag, when, file, sql: bytes.toString('utf8'), sha256, snapshot });
  }
  return { migrations, problems };
}

/** The chain of a folder that must be whole; throws one error that names every problem. */
export function readMigrations(dir: string): Migration[] {
  const { migrations, problems } = readChain(dir);
  if (problems.length > 0) throw new Error(problems.map((problem) => `${problem.file}: ${problem.reason}`).join('\n'));
  return migrations;
}

type Entry = Pick<Migration, 'idx' | 'tag' | 'when'>;
type Report = (file: string, reason: string) => void;

function checkOrder(entries: readonly Entry[], report: Report): void {
  const tags = new Map<number, string>();
  for (const [position, { idx, tag, when }] of entries.entries()) {
    const file = `${tag}.sql`;
    const twin = tags.get(idx);
    if (twin !== undefined) report(file, `idx ${idx} is taken by ${twin}.sql`);
    else if (idx !== position)
      report(file, `idx is ${idx} where ${position} is next: the journal has a hole or is out of order`);
    tags.set(idx, tag);
    const number = String(idx).padStart(4, '0');
    if (!/^\d{4}_[a-z0-9_]+$/.test(tag) || !tag.startsWith(`${number}_`))
      report(file, `the tag does not begin with ${number}_`);
    const before = entries[position - 1];
    if (before !== undefined && when <= before.when) {
      report(file, `when ${when} is not after ${before.when} of ${before.tag}.sql`);
    }
  }
}

function checkStrays(dir: string, entries: readonly Entry[], report: Report): void {
  const files = new Set(entries.map(({ tag }) => `${tag}.sql`));
  const snapshots = new Set(entries.map(({ idx }) => snapshotOf(idx)));
  for (const name of readdirSync(dir).toSorted()) {
    if (name.endsWith('.sql') && !files.has(name)) report(name, 'is on disk and not in the journal');
  }
  for (const name of readdirSync(join(dir, 'meta')).toSorted()) {
    const path = `meta/${name}`;
    if (path !== JOURNAL && !snapshots.has(path)) report(path, 'belongs to no entry of the journal');
  }
}

const snapshotOf = (idx: number): string => `meta/${String(idx).padStart(4, '0')}_snapshot.json`;

/** The parsed file, or the reason why there is none. */
function readJson<T>(path: string, schema: z.ZodType<T>): T | string {
  if (!existsSync(path)) return 'is missing on disk';
  const parsed = schema.safeParse(parseJson(readFileSync(path, 'utf8')));
  return parsed.success ? parsed.data : `is not readable: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
