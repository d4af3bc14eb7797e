import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { authoritySteps, STEP_VARIABLES } from './authority-steps.ts';
import { issuerMatches, keyRows, memberRows, personRows } from './credential-rows.ts';
import { type SqlObject, sqlFunction } from './sql-object.ts';

const FACTS = {
  cred_id: 'uuid',
  key_id: 'uuid',
  principal_id: 'uuid',
  holder_id: 'uuid',
  label: 'text',
  my_teams: 'uuid[]',
  my_inboxes: 'uuid[]',
  my_view_inboxes: 'uuid[]',
  me: 'uuid[]',
  limit_teams: 'uuid[]',
  limit_inboxes: 'uuid[]',
  all_ws: 'boolean',
  all_teams: 'uuid[]',
  all_inboxes: 'uuid[]',
  near_teams: 'uuid[]',
  near_inboxes: 'uuid[]',
  view_inboxes: 'uuid[]',
  pool: 'boolean',
  shared_ws: 'boolean',
  share_teams: 'uuid[]',
  mine_ws: 'boolean',
  mine_teams: 'uuid[]',
  mine_inboxes: 'uuid[]',
  trash_ws: 'boolean',
  trash_teams: 'uuid[]',
  trash_inboxes: 'uuid[]',
  grants: 'jsonb',
  digest: 'text',
} as const;

const dialect = new PgDialect();
/** What stands beside the authority, outside its digest. */
const BESIDE = { refusal: 'text', scope_keys: 'text[]', last_used_at: 'timestamptz', withheld: 'jsonb' } as const;

/**
 * The authority of the one or few credentials of one kind, as a function whose plans each connection makes once: planning
 * costs several times what running does, and over HTTP nothing is prepared. A credential that does not count has a row
 * with its `refusal` and nothing else, a wrong one none. Functions are never redefined after a release: a changed
 * definition gets new names.
 */
function authorityFunction(
  name: string,
  rows: number,
  args: Readonly<Record<string, string>>,
  credentials: (arg: (name: string) => SQL) => SQL,
): SqlObject {
  // By its full name no argument is ever taken for a column.
  const arg = (each: string): SQL => sql.raw(`${name}.${each}`);
  const { sql: found, params } = dialect.sqlToQuery(credentials(arg));
  if (params.length > 0) throw new TypeError(`${name}() takes its values by name`);
  const taken = Object.entries({ ...args, at: 'timestamptz' });
  const list = (columns: [string, string][]): string => columns.map((column) => column.join(' ')).join(', ');
  // The first plan is as good as any: all look-ups are by key, of small tables too. Otherwise five would be made before one
  // is kept. It may be made amid a list, which forbids sorting for itself.
  return sqlFunction(
    name,
    `
create function public.${name}(${list(taken)})
returns table (${list(Object.entries({ ...FACTS, ...BESIDE }))})
language plpgsql stable parallel safe rows ${rows} cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = on as $body$
#variable_conflict use_column
declare${STEP_VARIABLES}
begin
for cred in ${found}
loop
cred_id := cred.cred_id; refusal := cred.refusal; scope_keys := cred.scope_keys; last_used_at := cred.last_used_at;
if refusal is null then
${authoritySteps(`${name}.at`)}
end if;
return next;
end loop;
end
$body$`,
  );
}

/** Of an API key: right secret, whatever the state. */
export const authorityOfKey = authorityFunction(
  'authority_of_key',
  1,
  { key: 'uuid', hash: 'bytea', ip: 'inet' },
  (arg) => keyRows({ key: arg('key'), hash: arg('hash'), ip: arg('ip'), now: arg('at') }),
);

/** Of the person whom an issuer knows by the subject of a token; nothing of it counts until that is verified. */
export const authorityOfPerson = authorityFunction(
  'authority_of_person',
  1,
  { issuer: 'text', subject: 'text', is_assertion: 'boolean', issued_at: 'timestamptz', claims: 'jsonb' },
  (arg) =>
    personRows({
      issuer: issuerMatches(arg('issuer'), arg('is_assertion')),
      subject: arg('subject'),
      issuedAt: arg('issued_at'),
      claims: arg('claims'),
    }),
);

/** Of a few people, as far as they are active members, to ask what somebody else may do. */
export const authorityOfMembers = authorityFunction('authority_of_members', 10, { members: 'uuid[]' }, (arg) =>
  memberRows(sql`select unnest(${arg('members')})`),
);
