import type { ClientBase } from 'pg';

/**
 * What schema `public` is made of, one line per thing in the order of the alphabet: columns with type, default and
 * nullability, constraints with their validity, indexes with theirs, triggers, functions, sequences, storage parameters,
 * grants. The order of columns is left out: a column that came later stands last.
 */
export async function readCatalogue(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(CATALOGUE);
  return rows.map(({ line }) => line).toSorted();
}

/** The lines that only one of two catalogues has, marked by the side that has them. */
export function catalogueDifferences(left: readonly string[], right: readonly string[]): string[] {
  const [inLeft, inRight] = [new Set(left), new Set(right)];
  return [
    ...left.filter((line) => !inRight.has(line)).map((line) => `< ${line}`),
    ...right.filter((line) => !inLeft.has(line)).map((line) => `> ${line}`),
  ];
}

const acl = (column: string) =>
  `(select coalesce(string_agg(g, ' ' order by g), '') from (
     select concat(coalesce(r.rolname, 'public'), '=', x.privilege_type) as g
     from aclexplode(${column}) x left join pg_roles r on r.oid = x.grantee) grants)`;

const CATALOGUE = `
with ours as (select oid, relname, relkind, reloptions, relacl from pg_class where relnamespace = 'public'::regnamespace)
select format('table %s options %s grants %s', relname, reloptions, ${acl('relacl')}) as line
  from ours where relkind in ('r', 'p', 'v', 'm')
union all
select format('column %s.%s %s%s default %s %s%s grants %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then ' not null' end, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, ${acl('a.attacl')})
  from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'v', 'm')
union all
select format('constraint %s on %s: %s valid %s', k.conname, c.relname, pg_get_constraintdef(k.oid), k.convalidated)
  from ours c join pg_constraint k on k.conrelid = c.oid
union all
select format('index %s valid %s', pg_get_indexdef(i.indexrelid), i.indisvalid)
  from ours c join pg_index i on i.indrelid = c.oid
union all
select format('trigger %s enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
  from ours c join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal
union all
select format('function %s grants %s', pg_get_functiondef(p.oid), ${acl('p.proacl')})
  from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select format('sequence %s type %s start %s step %s grants %s', c.relname, format_type(s.seqtypid, null), s.seqstart, s.seqincrement, ${acl('c.relacl')})
  from ours c join pg_sequence s on s.seqrelid = c.oid
union all
select format('type %s', t.typname) from pg_type t
  where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd')
union all
select format('schema public grants %s', ${acl('n.nspacl')}) from pg_namespace n where n.nspname = 'public'`;
