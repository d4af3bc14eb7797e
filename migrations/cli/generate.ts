import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS, REPLACEABLE_FUNCTIONS, triggersOf } from '#schema/functions.ts';
import { type DrizzleSnapshot, emptySnapshot, snapshotOfSchema } from './drizzle-snapshot.ts';
import { stepFiles } from './step-files.ts';
import { appendToChain, lastSnapshot } from './write-chain.ts';

/**
 * Writes the next files of the chain: what leads from its last snapshot to the schema. Never asks: what is gone is an error,
 * because a rename and a loss look alike. Answers the names of the files, none when nothing has changed.
 */
export async function generate(options: {
  name: string;
  schema: Record<string, unknown>;
  dir: string;
}): Promise<string[]> {
  const { name, schema, dir } = options;
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`a name is like add_ticket_colors, not ${name}`);
  const previous = lastSnapshot(dir) ?? emptySnapshot();
  const next = snapshotOfSchema(schema);
  const gone = missingOf(previous, next);
  if (gone.length > 0)
    throw new Error(`the schema lacks what the chain made; nothing is dropped or renamed: ${gone.join(', ')}`);
  const known = new Set(Object.keys(previous.tables));
  const newTables = Object.entries(next.tables).flatMap(([key, table]) => (known.has(key) ? [] : [table.name]));
  const before = functionsSince(dir);
  return appendToChain(dir, await stepFiles({ tag: name, previous, next, before, after: triggersOf(newTables) }));
}

function missingOf(previous: DrizzleSnapshot, next: DrizzleSnapshot): string[] {
  return Object.entries(previous.tables).flatMap(([key, table]) => {
    const now = next.tables[key];
    if (now === undefined) return [table.name];
    return Object.keys(table.columns).flatMap((column) => (column in now.columns ? [] : [`${table.name}.${column}`]));
  });
}

/** Functions that no file holds as they are now: new ones, and longer lists of those that may be defined anew. */
function functionsSince(dir: string): string[] {
  const chain = readdirSync(dir)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => readFileSync(join(dir, file), 'utf8'))
    .join('\n');
  return FUNCTIONS.flatMap(({ name, sql }) => {
    const body = sql.replace(/^create function /, '');
    const definitions = [
      ...chain.matchAll(new RegExp(`^create (?:or replace )?function (?=public\\.${name}\\()`, 'gm')),
    ];
    const last = definitions.at(-1);
    if (last === undefined) return [sql];
    if (chain.startsWith(body, last.index + last[0].length)) return [];
    if (!REPLACEABLE_FUNCTIONS.has(name)) throw new Error(`${name}() is in use as it is: give the new one a new name`);
    return [`create or replace function ${body}`];
  });
}
