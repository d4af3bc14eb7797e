import { type SQL, sql } from 'drizzle-orm';
import { authorityDefinition } from '#schema/functions/authority-definition.ts';
import { idToUuid } from '#schema/ids.ts';
import type { ApiKeyCredential, Credential } from './credential.ts';
import type { Permission } from './permissions.ts';
import { claimsOf, issuerOf } from './sign-in/person-rows.ts';

export type { AuthoritySources } from '#schema/functions/authority-definition.ts';
export { memberRows } from '#schema/functions/credential-rows.ts';

const hashOf = ({ secretHash }: ApiKeyCredential): SQL =>
  sql`${`\\x${Buffer.from(secretHash).toString('hex')}`}::bytea`;

/** One row for a right credential: its authority, or the `refusal` that says why it does not count. */
export function authorityCall(credential: Credential, now: Date): SQL {
  if (credential.kind === 'api_key')
    return sql`public.authority_of_key(${idToUuid(credential.keyId)}::uuid, ${hashOf(credential)}, ${credential.ip}::inet, ${now}::timestamptz)`;
  const { issuer, subject, via, issuedAt } = credential;
  return sql`public.authority_of_person(${issuer}::text, ${subject}::text, ${via === 'access_assertion'}::boolean, ${issuedAt.toISOString()}::timestamptz, ${claimsOf(credential)}, ${now}::timestamptz)`;
}

/**
 * The common table expression `auth`: the caller's effective authority, one row, or none for a dead or unknown credential,
 * so a statement that joins it reads nothing. Read again by the commit and compared by `digest`.
 */
export const authorityCte = (credential: Credential, now: Date): SQL =>
  sql`auth as materialized (select * from ${authorityCall(credential, now)} where refusal is null)`;

/** The same of a few members; `principalIds` is a subquery of one uuid column. For many, `authorityFrom(memberRows(…))`. */
export const membersCte = (principalIds: SQL, now: Date): SQL =>
  sql`auth as materialized (select * from public.authority_of_members(array(${principalIds}), ${now}::timestamptz))`;

/** Who presents a right credential, whatever its state: a scalar subquery, for what needs no authority. */
export const callerId = (credential: Credential, now: Date): SQL =>
  credential.kind === 'api_key'
    ? sql`(select principal_id from api_keys where id = ${idToUuid(credential.keyId)}::uuid
        and (secret_hash = ${hashOf(credential)} or (previous_hash = ${hashOf(credential)} and previous_valid_until > ${now})))`
    : sql`(select p.id from auth_issuers i join account a on a.issuer_id = i.id and a.subject = ${credential.subject}
        join principal p on p.user_id = a.user_id where ${issuerOf(credential)})`;

/**
 * Common table expressions that end in `auth`, a row for each credential row that counts, planned for the occasion: for many
 * holders, for what is not so (yet), and for the relations behind `auth`.
 */
export const authorityFrom = (
  credentials: SQL,
  now: Date,
  ...sources: Parameters<typeof authorityDefinition>[2][]
): SQL => authorityDefinition(credentials, sql`${now}::timestamptz`, ...sources);

/** Whether `auth` holds a permission at the workspace, or at the team that `teamId` names. Key limits are not looked at. */
export const heldAtTeam = (key: Permission, teamId: SQL): SQL => sql`exists (
  select from auth cross join lateral jsonb_array_elements(auth.grants) g
  where g -> 1 ? ${sql.raw(`'${key}'`)}
    and (g ->> 0 = 'workspace' or (g ->> 0 = 'team' and g -> 2 ? (${teamId})::text)))`;
