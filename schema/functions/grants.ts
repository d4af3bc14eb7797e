import { changeableColumns } from './append-only.ts';

const APP_ROLE = 'mallard_app';

/** Rows that are erased or rewritten, never deleted. */
const NEVER_DELETED = ['principal', 'settings', 'user'];

const APP_SETTINGS = {
  statement_timeout: '10s',
  lock_timeout: '3s',
  idle_in_transaction_session_timeout: '10s',
  // Statements here are short; to compile one costs more than to run it, and a plan of a large list would trigger that.
  jit: 'off',
} as const;

/**
 * What the Worker's role may do, said anew after each migration, and nothing for anybody else. Without that role only the
 * latter: a Worker that connects as owner still meets the triggers. `tables` and `functions` are those of the schema.
 */
export function grantsSql(tables: readonly string[], functions: readonly string[]): string {
  return `
do $grants$
begin
  revoke all on schema public from public;
  revoke all on all tables in schema public from public;
  revoke all on all sequences in schema public from public;
  revoke all on all functions in schema public from public;
  if not exists (select from pg_catalog.pg_roles where rolname = '${APP_ROLE}') then
    return;
  end if;
  revoke all on all tables in schema public from ${APP_ROLE};
  revoke all on all sequences in schema public from ${APP_ROLE};
  revoke all on all functions in schema public from ${APP_ROLE};
  revoke create on schema public from ${APP_ROLE};
  grant usage on schema public to ${APP_ROLE};
  grant usage, select on all sequences in schema public to ${APP_ROLE};
  grant select on public.schema_migrations to ${APP_ROLE};
  ${tables.flatMap(tableGrants).join('\n  ')}
  ${functions.map((name) => `grant execute on function public.${name} to ${APP_ROLE};`).join('\n  ')}
end
$grants$;

${roleSettingsSql()}`;
}

function tableGrants(table: string): string[] {
  const columns = changeableColumns(table);
  const name = `public.${quoted(table)}`;
  if (columns === 'all') {
    const rights = NEVER_DELETED.includes(table) ? 'select, insert, update' : 'select, insert, update, delete';
    return [`grant ${rights} on ${name} to ${APP_ROLE};`];
  }
  const update = columns.length === 0 ? [] : [`grant update (${columns.join(', ')}) on ${name} to ${APP_ROLE};`];
  return [`grant select, insert on ${name} to ${APP_ROLE};`, ...update];
}

/** Only an owner with `createrole` may set these; without the right the operator is told, and the migration stands. */
function roleSettingsSql(): string {
  const wanted = Object.entries(APP_SETTINGS).map(([name, value]) => `${name}=${value}`);
  return `
do $settings$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = '${APP_ROLE}') or exists (
    select from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole
    where r.rolname = '${APP_ROLE}' and s.setdatabase = 0 and s.setconfig @> '{${wanted.join(',')}}')
  then
    return;
  end if;
  ${Object.entries(APP_SETTINGS)
    .map(([name, value]) => `alter role ${APP_ROLE} set ${name} = '${value}';`)
    .join('\n  ')}
exception when insufficient_privilege then
  raise warning 'the timeouts of role ${APP_ROLE} are not set: %', sqlerrm;
end
$settings$;`;
}

const quoted = (name: string): string => `"${name}"`;
