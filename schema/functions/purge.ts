import { REDACTABLE, RETENTION } from '../retention.ts';
import { type SqlObject, sqlFunction } from './sql-object.ts';

const MOST_ROWS = 10_000;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const purgeList = Object.entries(RETENTION)
  .flatMap(([table, rule]) => {
    if (rule === 'kept') return [];
    const first = { table, column: rule.column, condition: rule.predicate ?? 'true', laterDays: 0, min: rule.min };
    const { also } = rule;
    return also === undefined
      ? [first]
      : [first, { ...first, column: also.column, condition: also.predicate, laterDays: also.laterDays }];
  })
  .map(
    ({ table, column, condition, laterDays, min }) =>
      `(${literal(table)}, ${literal(column)}, ${literal(condition)}, ${laterDays}, ${min})`,
  )
  .join(',\n      ');

const redactList = Object.entries(REDACTABLE)
  .flatMap(([table, columns]) =>
    Object.entries(columns).map(([column, value]) => `(${literal(table)}, ${literal(column)}, ${literal(value)})`),
  )
  .join(',\n      ');

/**
 * Deletes at most `max_rows` rows of a listed table that ended before `cut`, oldest first, and answers how many. Two runs at
 * once share the work. 22023 for a table that is not listed and for a `cut` younger than the registry's minimum.
 */
export const purgeRows: SqlObject = sqlFunction(
  'purge_rows',
  `
create function public.purge_rows(source text, cut timestamptz, max_rows integer) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  rule record;
  hits bigint;
  purged bigint := 0;
begin
  if max_rows is null or max_rows not between 1 and ${MOST_ROWS} then
    raise exception using errcode = '22023', message = 'max_rows lies outside 1 to ${MOST_ROWS}';
  end if;
  for rule in
    select * from (values
      ${purgeList}
    ) as listed (name, instant, condition, later_days, min_days)
    where name = source order by later_days
  loop
    if cut is null or cut > now() - make_interval(days => rule.min_days) then
      raise exception using errcode = '22023', message = format('%s are kept for %s days at least', rule.name, rule.min_days);
    end if;
    perform set_config('mallard.append_only', 'delete:' || rule.name, true);
    execute format(
      'with ended as (select t.ctid from public.%1$I t where t.%2$I < $1 and (%3$s) order by t.%2$I limit $2 for update skip locked)
       delete from public.%1$I t using ended where t.ctid = ended.ctid',
      rule.name, rule.instant, rule.condition)
      using cut - make_interval(days => rule.later_days), max_rows - purged;
    get diagnostics hits = row_count;
    perform set_config('mallard.append_only', '', true);
    purged := purged + hits;
    exit when purged >= max_rows;
  end loop;
  if not found then
    raise exception using errcode = '22023', message = format('%L has no retention', source);
  end if;
  return purged;
end
$body$`,
);

/** Deletes those of the tickets that are soft-deleted, with all that hangs on them, and answers how many. */
export const purgeTickets: SqlObject = sqlFunction(
  'purge_tickets',
  `
create function public.purge_tickets(ids uuid[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  purged bigint;
begin
  perform set_config('mallard.append_only', 'delete:*', true);
  delete from public.tickets t where t.id = any (ids) and t.deleted_at is not null;
  get diagnostics purged = row_count;
  perform set_config('mallard.append_only', '', true);
  return purged;
end
$body$`,
);

/**
 * Overwrites columns that the registry calls redactable with the value it gives them, and answers how many rows changed;
 * doing it twice changes none. 22023 for any other table or column.
 */
export const redactRows: SqlObject = sqlFunction(
  'redact_rows',
  `
create function public.redact_rows(source text, ids uuid[], fields text[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  known integer;
  assignments text;
  differences text;
  redacted bigint;
begin
  select count(*), string_agg(format('%I = %s', field, value), ', '), string_agg(format('t.%I is distinct from %s', field, value), ' or ')
    into known, assignments, differences
    from (values
      ${redactList}
    ) as listed (name, field, value)
    where name = source and field = any (fields);
  if known = 0 or known <> (select count(distinct f) from unnest(fields) f) then
    raise exception using errcode = '22023', message = format('%s of %L may not be redacted', fields, source);
  end if;
  perform set_config('mallard.append_only', 'redact:' || source, true);
  execute format('update public.%I t set %s where t.id = any ($1) and (%s)', source, assignments, differences) using ids;
  get diagnostics redacted = row_count;
  perform set_config('mallard.append_only', '', true);
  return redacted;
end
$body$`,
);
