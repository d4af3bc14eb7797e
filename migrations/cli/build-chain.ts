import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS, triggersOf } from '#schema/functions.ts';
import { STAGES, type Stage } from '../chain.ts';
import { emptySnapshot, snapshotOfSchema } from './drizzle-snapshot.ts';
import { pruneSnapshot } from './prune-snapshot.ts';
import { type ChainFile, stepFiles } from './step-files.ts';
import { appendToChain } from './write-chain.ts';

/**
 * Writes the whole chain anew from the schema and `migrations/chain.ts`. Legal only before the first release: afterwards a
 * file never changes by a byte, and `db:generate` adds the next one. Answers the names of the files.
 */
export async function buildChain(options: {
  schema: Record<string, unknown>;
  dir: string;
  stages?: readonly Stage[];
}): Promise<string[]> {
  const { dir, stages = STAGES } = options;
  const final = snapshotOfSchema(options.schema);
  const missing = stages.flatMap(({ tables }) => tables.filter((name) => !(`public.${name}` in final.tables)));
  if (missing.length > 0) throw new Error(`migrations/chain.ts names what the schema lacks: ${missing.join(', ')}`);
  const files: ChainFile[] = [];
  let previous = emptySnapshot();
  for (const [position, { tag }] of stages.entries()) {
    const next = pruneSnapshot(final, stages, position);
    const newTables = Object.values(next.tables).map(({ name }) => name);
    const before = position === 0 ? FUNCTIONS.map(({ sql }) => sql) : [];
    const known = new Set(Object.values(previous.tables).map(({ name }) => name));
    const after = triggersOf(newTables.filter((name) => !known.has(name)));
    files.push(...(await stepFiles({ tag, previous, next, before, after })));
    previous = next;
  }
  removeChain(dir);
  return appendToChain(dir, files);
}

function removeChain(dir: string): void {
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) if (/^\d{4}_.*\.sql$/.test(name)) rmSync(join(dir, name));
  rmSync(join(dir, 'meta'), { recursive: true, force: true });
}
