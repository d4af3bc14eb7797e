import type pg from 'pg';
import { compare, readApplied } from './applied.ts';
import { handWrittenFor } from './hand-written.ts';
import type { Migration } from './journal.ts';
import type { Problem } from './problem.ts';
import { MigrationRefusal } from './refusal.ts';
import type { Snapshot, SnapshotTable } from './snapshot.ts';

/** Whether a live database has applied just this chain and holds, whole and valid, everything that the chain made. */
export async function checkDatabase(client: pg.Client, migrations: readonly Migration[]): Promise<Problem[]> {
  const problem = (file: string, reason: string): Problem => ({ proof: 'database', file, reason });
  let pending: readonly Migration[];
  try {
    const { rows } = await readApplied(client);
    compare(rows, migrations);
    pending = migrations.slice(rows.length);
  } catch (error) {
    if (!(error instanceof MigrationRefusal)) throw error;
    return [problem('schema_migrations', error.message)];
  }
  const last = migrations.at(-1);
  if (last === undefined || pending.length > 0) return pending.map(({ file }) => problem(file, 'is not applied'));
  const live = new Set((await client.query<{ line: string }>(LIVE)).rows.map(({ line }) => line));
  const missing = expectedLines(last.snapshot).filter((line) => !live.has(line));
  return missing.map((line) => problem(last.file, `the database lacks: ${line}`));
}

function expectedLines(snapshot: Snapshot): string[] {
  const tables = Object.values(snapshot.tables);
  const { objects } = handWrittenFor(tables.map(({ name }) => name));
  return [...tables.flatMap(tableLines), ...objects.map(({ kind, name }) => `${kind} ${name}`)];
}

function tableLines(table: SnapshotTable): string[] {
  const constraints = [table.foreignKeys, table.checkConstraints, table.uniqueConstraints, table.compositePrimaryKeys];
  return [
    `table ${table.name}`,
    ...Object.values(table.columns).map(({ name, type, notNull }) => {
      return `column ${table.name}.${name} ${type.replace(' (', '(')}${notNull ? ' not null' : ''}`;
    }),
    ...Object.keys(table.indexes).map((name) => `index ${name} on ${table.name}`),
    ...constraints.flatMap((named) => Object.keys(named)).map((name) => `constraint ${name} on ${table.name}`),
  ];
}

/** An index or constraint that is not valid, or a trigger that is off, does not count. */
const LIVE = `
with ours as (select oid, relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r')
select format('table %s', relname) as line from ours
union all
select format('column %s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end)
  from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
union all
select format('index %s on %s', x.relname, c.relname)
  from ours c join pg_index i on i.indrelid = c.oid and i.indisvalid join pg_class x on x.oid = i.indexrelid
union all
select format('constraint %s on %s', k.conname, c.relname) from ours c join pg_constraint k on k.conrelid = c.oid and k.convalidated
union all
select format('trigger %s', t.tgname) from ours c join pg_trigger t on t.tgrelid = c.oid and t.tgenabled = 'O' and not t.tgisinternal
union all
select format('function %s', p.proname) from pg_proc p where p.pronamespace = 'public'::regnamespace`;
