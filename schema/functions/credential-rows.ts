import { type SQL, sql } from 'drizzle-orm';

/** The row of a key whose secret is right, whatever its state: `refusal` says why it does not count. */
export const keyRows = ({ key, hash, ip, now }: Record<'key' | 'hash' | 'ip' | 'now', SQL>): SQL => sql`
  select k.id as cred_id, k.id as key_id, k.principal_id, k.creator_principal_id as holder_id, self.display_name as label,
    k.scope_keys, k.team_ids, k.inbox_ids,
    case when k.revoked_at is not null then 'key_revoked'
         when k.expires_at <= ${now} then 'key_expired'
         when cardinality(k.allowed_ips) > 0
           and not coalesce(exists (select from unnest(k.allowed_ips) a where ${ip} <<= a), false) then 'ip_denied'
         when holder.member_state is distinct from 'active' then 'creator_inactive' end as refusal, k.last_used_at
  from public.api_keys k
    join public.principal self on self.id = k.principal_id
    join public.principal holder on holder.id = k.creator_principal_id
  where k.id = ${key} and (k.secret_hash = ${hash} or (k.previous_hash = ${hash} and k.previous_valid_until > ${now}))`;

/** Active members as credentials; `principalIds` is a subquery of one uuid column. */
export const memberRows = (principalIds: SQL): SQL => sql`
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal, null::timestamptz as last_used_at
  from public.principal p where p.member_state = 'active' and p.id in (${principalIds})`;

/** The live issuer `i` of that name; an assertion counts from Cloudflare Access alone. */
export const issuerMatches = (issuer: SQL, isAssertion: SQL): SQL =>
  sql`i.issuer = ${issuer} and i.disabled_at is null and (i.kind = 'cloudflare_access' or not ${isAssertion})`;

/** With a scope claim the person has what that claim names, and nothing when it is absent. */
export const personRows = ({
  issuer,
  subject,
  issuedAt,
  claims,
}: Record<'issuer' | 'subject' | 'issuedAt' | 'claims', SQL>): SQL => sql`
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    case when i.scope_claim is not null then ${scopesIn(sql`${claims} #> i.scope_claim`)} end as scope_keys,
    null::uuid[] as team_ids, null::uuid[] as inbox_ids,
    case when p.member_state is null then 'not_a_member'
         when p.member_state <> 'active' then 'member_inactive'
         when p.tokens_valid_after > ${issuedAt} then 'token_revoked' end as refusal, null::timestamptz as last_used_at
  from public.auth_issuers i
    join public.account a on a.issuer_id = i.id and a.subject = ${subject}
    join public.principal p on p.user_id = a.user_id
  where ${issuer}`;

/** A list of keys, or one text with blanks between them as OAuth writes scopes (RFC 6749 §3.3). */
const scopesIn = (value: SQL): SQL => sql`case jsonb_typeof(${value})
  when 'array' then array(select jsonb_array_elements_text(${value}))
  when 'string' then string_to_array((${value}) #>> '{}', ' ')
  else '{}'::text[] end`;
