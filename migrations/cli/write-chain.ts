import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { DrizzleSnapshot } from './drizzle-snapshot.ts';
import { FIRST_PREV_ID } from './drizzle-snapshot.ts';
import { type ChainFile, placed } from './step-files.ts';

/** `when` of the first entry, in milliseconds since 1970; each entry adds a minute, so it grows whatever the clock says. */
const FIRST_WHEN = Date.UTC(2026, 10, 25);
const STEP_MS = 60_000;

const journalSchema = z.object({
  version: z.literal('7'),
  dialect: z.literal('postgresql'),
  entries: z.array(
    z.object({ idx: z.int(), version: z.literal('7'), when: z.int(), tag: z.string(), breakpoints: z.boolean() }),
  ),
});

type Journal = z.infer<typeof journalSchema>;

const number = (idx: number): string => String(idx).padStart(4, '0');

/** Adds files behind the last one of the folder: SQL, snapshot, journal entry. Answers their names. */
export function appendToChain(dir: string, files: readonly ChainFile[]): string[] {
  mkdirSync(join(dir, 'meta'), { recursive: true });
  const journal = readJournal(dir);
  let prevId = lastSnapshot(dir, journal)?.id ?? FIRST_PREV_ID;
  const names: string[] = [];
  for (const file of files) {
    const idx = journal.entries.length;
    const tag = `${number(idx)}_${file.tag}`;
    const snapshot = placed(file, prevId);
    prevId = snapshot.id;
    const when = Math.max(FIRST_WHEN + idx * STEP_MS, (journal.entries.at(-1)?.when ?? 0) + STEP_MS);
    writeFileSync(join(dir, `${tag}.sql`), file.sql);
    writeFileSync(join(dir, 'meta', `${number(idx)}_snapshot.json`), `${JSON.stringify(snapshot, null, 2)}\n`);
    journal.entries.push({ idx, version: '7', when, tag, breakpoints: true });
    names.push(`${tag}.sql`);
  }
  writeFileSync(join(dir, 'meta', '_journal.json'), `${JSON.stringify(journal, null, 2)}\n`);
  return names;
}

/** The newest snapshot of the folder. */
export function lastSnapshot(dir: string, journal = readJournal(dir)): DrizzleSnapshot | undefined {
  const last = journal.entries.at(-1);
  if (last === undefined) return undefined;
  return JSON.parse(readFileSync(join(dir, 'meta', `${number(last.idx)}_snapshot.json`), 'utf8'));
}

function readJournal(dir: string): Journal {
  const path = join(dir, 'meta', '_journal.json');
  return existsSync(path)
    ? journalSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    : { version: '7', dialect: 'postgresql', entries: [] };
}
