import type { ClientBase } from 'pg';

export interface ColumnShape {
  name: string;
  type: string;
  notNull: boolean;
  /** `a` or `d` for an identity, `s` or `v` for a generated column, else empty. */
  kind: '' | 'a' | 'd' | 's' | 'v';
  default: string | null;
}

export interface ForeignKeyShape {
  columns: string[];
  target: string;
  targetColumns: string[];
}

/** A table as the catalogue has it; names are bare, expressions are those of `pg_get_expr`. */
export interface TableShape {
  name: string;
  columns: ColumnShape[];
  checks: { name: string; columns: string[]; expression: string }[];
  foreignKeys: ForeignKeyShape[];
  primaryKey: string[];
  /** Columns that some unique index covers, its expressions and predicate included. */
  unique: string[];
}

/** The tables of schema `public`, the migrator's own journal left out. */
export async function readTableShapes(client: ClientBase): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(SHAPES);
  return rows;
}

const names = (table: string, keys: string) => `
  (select coalesce(json_agg(a.attname order by k.place), '[]') from unnest(${keys}) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = ${table} and a.attnum = k.number)`;

const SHAPES = `
select c.relname as name,
  (select json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
      'kind', a.attidentity::text || a.attgenerated::text,
      'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end) order by a.attnum)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select coalesce(json_agg(json_build_object(
      'name', k.conname, 'columns', ${names('c.oid', 'k.conkey')}, 'expression', pg_get_expr(k.conbin, k.conrelid))
      order by k.conname), '[]')
    from pg_constraint k where k.conrelid = c.oid and k.contype = 'c') as checks,
  (select coalesce(json_agg(json_build_object(
      'columns', ${names('c.oid', 'k.conkey')}, 'target', t.relname, 'targetColumns', ${names('t.oid', 'k.confkey')})
      order by cardinality(k.conkey) desc, k.conname), '[]')
    from pg_constraint k join pg_class t on t.oid = k.confrelid
    where k.conrelid = c.oid and k.contype = 'f') as "foreignKeys",
  coalesce((select ${names('c.oid', 'k.conkey')} from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'), '[]')
    as "primaryKey",
  (select coalesce(json_agg(distinct a.attname), '[]')
    from pg_index i join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
      and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0
    join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
    where i.indrelid = c.oid and i.indisunique) as unique
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
order by c.relname`;
