import { type SqlObject, sqlFunction } from './sql-object.ts';

/**
 * Tables whose rows are history, with the columns that may still change:
 * `once:` from null to a value, `null:` to null, `erase:` together with `erased_at`.
 */
export const APPEND_ONLY: Readonly<Record<string, readonly `${'once' | 'null' | 'erase'}:${string}`[]>> = {
  audit_events: [],
  audit_leaves: ['null:private_salt'],
  audit_seals: ['once:purged_at'],
  events: ['once:position', 'once:dispatched_at', 'erase:payload', 'erase:actor_label', 'once:erased_at'],
  sla_events: [],
  ticket_activity: [],
  webhook_deliveries: [],
};

/** The columns of a table that the app role may update; every column when the table is not append-only. */
export const changeableColumns = (table: string): string[] | 'all' =>
  APPEND_ONLY[table]?.map((variant) => variant.slice(variant.indexOf(':') + 1)) ?? 'all';

/**
 * The trigger of append-only tables. `purge_rows`, `purge_tickets` and `redact_rows` open it for their own statement by
 * `mallard.append_only`, which a rolled back statement gives up by itself and which counts for the owner alone.
 */
export const appendOnly: SqlObject = sqlFunction(
  'append_only',
  `
create function public.append_only() returns trigger
language plpgsql as $body$
declare
  door pg_catalog.text := pg_catalog.current_setting('mallard.append_only', true);
  before pg_catalog.jsonb;
  after pg_catalog.jsonb;
  field pg_catalog.text;
begin
  if door <> '' and pg_catalog.pg_has_role(
    current_user, (select relowner from pg_catalog.pg_class where oid = tg_relid), 'usage')
  then
    if tg_op = 'DELETE' and (door = 'delete:' || tg_table_name or (door = 'delete:*' and pg_catalog.pg_trigger_depth() > 1)) then
      return old;
    elsif tg_op = 'UPDATE' and door = 'redact:' || tg_table_name then
      return new;
    end if;
  end if;
  if tg_op <> 'UPDATE' then
    raise exception using errcode = '42501', message = pg_catalog.format('%s is append-only: %s is refused', tg_table_name, pg_catalog.lower(tg_op));
  end if;
  before := pg_catalog.to_jsonb(old);
  after := pg_catalog.to_jsonb(new);
  for field in select n.key from pg_catalog.jsonb_each(after) n where n.value <> before -> n.key loop
    continue when pg_catalog.pg_trigger_depth() > 1 and after -> field = 'null';
    continue when 'once:' || field = any (tg_argv) and before -> field = 'null';
    continue when 'null:' || field = any (tg_argv) and after -> field = 'null';
    continue when 'erase:' || field = any (tg_argv) and before ->> 'erased_at' is null and after ->> 'erased_at' is not null;
    raise exception using errcode = '42501', message = pg_catalog.format('%s is append-only: a change of %s is refused', tg_table_name, field);
  end loop;
  return new;
end
$body$`,
);

/** The triggers of the append-only tables among `tables`, in the order of their names. */
export const appendOnlyTriggers = (tables: Iterable<string>): SqlObject[] =>
  [...tables]
    .filter((table) => table in APPEND_ONLY)
    .toSorted()
    .flatMap((table) => [rowTrigger(table), truncateTrigger(table)]);

const rowTrigger = (table: string): SqlObject => ({
  name: `${table}_append_only`,
  kind: 'trigger',
  sql: `create trigger ${table}_append_only before update or delete on public.${table}
for each row execute function public.append_only(${(APPEND_ONLY[table] ?? []).map((variant) => `'${variant}'`).join(', ')})`,
});

const truncateTrigger = (table: string): SqlObject => ({
  name: `${table}_no_truncate`,
  kind: 'trigger',
  sql: `create trigger ${table}_no_truncate before truncate on public.${table}
for each statement execute function public.append_only()`,
});
