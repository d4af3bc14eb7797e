import type pg from 'pg';
import type { MigrationFile } from './apply-file.ts';
import { MigrationRefusal } from './refusal.ts';

/** One row of `schema_migrations`; `sha256` in lower-case hex. */
export interface AppliedRow {
  idx: number;
  tag: string;
  sha256: string;
}

export interface DatabaseState {
  versionNum: number;
  encoding: string;
  hasJournal: boolean;
  /** A table of schema `public` that no extension brought. */
  table: string | null;
}

const STATE = `
  select current_setting('server_version_num')::integer as "versionNum",
    pg_encoding_to_char(d.encoding) as encoding,
    to_regclass('public.schema_migrations') is not null as "hasJournal",
    (select min(c.relname) from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'f')
        and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
    ) as "table"
  from pg_database d where d.datname = current_database()`;

export const JOURNAL_TABLE = `create table public.schema_migrations (
  idx integer constraint schema_migrations_pk primary key,
  tag text not null constraint schema_migrations_tag_key unique,
  sha256 bytea not null constraint schema_migrations_sha256_check check (octet_length(sha256) = 32),
  applied_at timestamptz(3) not null default now(),
  release text
)`;

/** What has been applied; nothing on a first run, which needs Postgres 18, UTF8 and a schema `public` without tables. */
export async function readApplied(client: pg.Client): Promise<{ first: boolean; rows: AppliedRow[] }> {
  const state = (await client.query<DatabaseState>(STATE)).rows[0];
  if (state === undefined) throw new Error('the database does not know itself');
  if (state.hasJournal) return { first: false, rows: await readRows(client) };
  refuseUnfit(state);
  return { first: true, rows: [] };
}

export async function readRows(client: pg.Client): Promise<AppliedRow[]> {
  const { rows } = await client.query<AppliedRow>(
    `select idx, tag, encode(sha256, 'hex') as sha256 from public.schema_migrations order by idx`,
  );
  return rows;
}

/** @throws MigrationRefusal unsupported_database, not_empty. */
function refuseUnfit({ versionNum, encoding, table }: DatabaseState): void {
  if (versionNum < 180_000) {
    throw new MigrationRefusal('unsupported_database', `Postgres 18 or newer is needed, this is ${versionNum}`);
  }
  if (encoding !== 'UTF8') {
    throw new MigrationRefusal('unsupported_database', `encoding UTF8 is needed, this database has ${encoding}`);
  }
  if (table !== null) throw new MigrationRefusal('not_empty', `schema public already holds a table, ${table}`);
}

/**
 * How many rows the database has beyond the files: more than none when an older release is deployed again.
 * @throws MigrationRefusal edited, out_of_order when what was applied is not the beginning of the chain.
 */
export function compare(rows: readonly AppliedRow[], files: readonly MigrationFile[]): number {
  for (const [position, row] of rows.entries()) {
    const file = files[position];
    if (row.idx !== position) {
      throw new MigrationRefusal('out_of_order', `${row.tag} is applied as ${row.idx} where ${position} comes next`);
    }
    if (file === undefined) break;
    if (row.tag !== file.tag) {
      throw new MigrationRefusal('out_of_order', `${row.tag} is applied where the chain has ${file.tag}`);
    }
    if (row.sha256 !== file.sha256)
      throw new MigrationRefusal('edited', `${file.tag} was changed after it was applied`);
  }
  return Math.max(0, rows.length - files.length);
}
