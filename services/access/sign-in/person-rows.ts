import { type SQL, sql } from 'drizzle-orm';
import type { PersonCredential } from './person-token.ts';

/** The live issuer that a token names; an assertion counts from Cloudflare Access alone. */
export const issuerOf = ({ issuer, via }: PersonCredential): SQL =>
  sql`i.issuer = ${issuer} and i.disabled_at is null${via === 'access_assertion' ? sql` and i.kind = 'cloudflare_access'` : sql``}`;

/** The claims as `jsonb`: paths of the issuer's row walk them in the same statement. */
export const claimsOf = ({ claims }: PersonCredential): SQL => sql`${JSON.stringify(claims)}::jsonb`;

/**
 * The person whom an issuer knows by the token's subject. Nothing of it counts until the token is verified with the issuer
 * loaded beside it. With a scope claim the person has what that claim names, and nothing when it is absent.
 */
export const personRows = (credential: PersonCredential): SQL => sql`
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    case when i.scope_claim is not null then ${scopesIn(sql`${claimsOf(credential)} #> i.scope_claim`)} end as scope_keys,
    null::uuid[] as team_ids, null::uuid[] as inbox_ids,
    case when p.member_state is null then 'not_a_member'
         when p.member_state <> 'active' then 'member_inactive'
         when p.tokens_valid_after > ${credential.issuedAt.toISOString()}::timestamptz then 'token_revoked' end as refusal
  from auth_issuers i
    join account a on a.issuer_id = i.id and a.subject = ${credential.subject}
    join principal p on p.user_id = a.user_id
  where ${issuerOf(credential)}`;

/** A list of keys, or one text with blanks between them as OAuth writes scopes (RFC 6749 §3.3). */
const scopesIn = (value: SQL): SQL => sql`case jsonb_typeof(${value})
  when 'array' then array(select jsonb_array_elements_text(${value}))
  when 'string' then string_to_array((${value}) #>> '{}', ' ')
  else '{}'::text[] end`;
