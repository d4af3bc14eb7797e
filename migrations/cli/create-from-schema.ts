import { generateMigration } from 'drizzle-kit/api';
import type pg from 'pg';
import { JOURNAL_TABLE } from './applied.ts';
import { applyGrants } from './apply-grants.ts';
import { emptySnapshot, snapshotOfSchema } from './drizzle-snapshot.ts';
import { handWrittenFor } from './hand-written.ts';

/** Makes an empty database what the schema says, without the chain: what `drizzle-kit export` prints, functions, grants. */
export async function createFromSchema(client: pg.Client, schema: Record<string, unknown>): Promise<void> {
  const snapshot = snapshotOfSchema(schema);
  const tables = Object.values(snapshot.tables).map(({ name }) => name);
  const { objects, storage } = handWrittenFor(tables);
  const ofKind = (kind: 'function' | 'trigger') =>
    objects.filter((object) => object.kind === kind).map(({ sql }) => sql);
  const statements = [
    'set search_path = public',
    JOURNAL_TABLE,
    ...ofKind('function'),
    ...(await generateMigration(emptySnapshot(), snapshot)),
    ...ofKind('trigger'),
    ...Object.entries(storage).map(([table, parameters]) => `alter table "${table}" set (${parameters})`),
  ];
  await client.query(statements.join(';\n'));
  await applyGrants(client);
}
