import { type SqlObject, sqlFunction } from './sql-object.ts';

/**
 * The guard of a commit: raises 40001, which rolls the whole batch back, when a statement hit another number of rows than
 * it had to. `select require_rows((select count(*) from written), 1, 'ticket')`.
 */
export const requireRows: SqlObject = sqlFunction(
  'require_rows',
  `
create function public.require_rows(hits bigint, expected bigint, what text) returns void
language plpgsql volatile as $body$
begin
  if hits is distinct from expected then
    raise exception using errcode = '40001', message = pg_catalog.concat('stale ', what);
  end if;
end
$body$`,
);
