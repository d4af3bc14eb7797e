import { Buffer } from 'node:buffer';
import { sql } from 'drizzle-orm';
import { rows, type Statement } from '#services/kernel/query.ts';
import { emailIn } from './claims.ts';
import { heldGrants, heldMemberships, mappedRules } from './mapping-sql.ts';
import { claimsOf, issuerOf } from './person-rows.ts';
import type { PersonCredential } from './person-token.ts';
import type { HeldGrant, KnownPerson, SignIn } from './sign-in.ts';

const MOST_MEMBERS = 5000;

/** As Postgres writes it: times as text, the digest as hex. */
type Found = Omit<SignIn, 'person' | 'digest' | 'news'> & {
  person: Timed<KnownPerson> | null;
  digest: string;
  news: (Omit<NonNullable<SignIn['news']>, 'grants'> & { grants: Timed<HeldGrant>[] }) | null;
};
type Timed<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };

/**
 * The issuer and the person of a token. The claims are not verified yet, so what this reads is used only after they are.
 * Nothing for an issuer that is unknown or disabled.
 */
export function signInQuery(credential: PersonCredential): Statement<SignIn | undefined> {
  const query = rows<{ found: Found }>(sql`
with iss as materialized (select i.* from auth_issuers i where ${issuerOf(credential)}),
claims as (select ${claimsOf(credential)} as body),
matched as (
  select r.* from iss join auth_issuer_rules r on r.issuer_id = iss.id cross join claims
  where claims.body #> r.claim @> to_jsonb(r.equals)
),
seen as (
  select sha256(convert_to(concat(iss.id, ':', iss.rules_version, ':',
    (select string_agg(m.position::text, ',' order by m.position) from matched m)), 'UTF8')) as digest from iss
),
acc as materialized (select a.* from iss join account a on a.issuer_id = iss.id and a.subject = ${credential.subject}),
who as materialized (
  select u.email, u.email_verified, p.* from "user" u join principal p on p.user_id = u.id
  where u.id = coalesce((select acc.user_id from acc), (select v.id from "user" v where v.email = ${emailIn(credential.claims) ?? null}))
),
news as (
  select not exists (select from acc) or exists (select from acc, seen
    where acc.claims_digest is distinct from seen.digest
      and (acc.claims_issued_at is null or acc.claims_issued_at <= ${credential.issuedAt.toISOString()}::timestamptz)) as any
)
select jsonb_build_object(
  'issuer', jsonb_build_object('id', public.to_typeid('iss', iss.id), 'issuer', iss.issuer, 'kind', iss.kind, 'jwksUrl', iss.jwks_url,
    'audiences', iss.audiences, 'algorithms', iss.algorithms, 'maxTokenAgeSeconds', iss.max_token_age_seconds,
    'provision', iss.provision, 'emailDomains', iss.email_domains, 'sync', iss.sync, 'revision', iss.revision),
  'trustedOrigins', (select to_jsonb(trusted_origins) from settings),
  'account', (select jsonb_build_object('id', public.to_typeid('acct', acc.id), 'known', acc.claims_digest is not null) from acc),
  'person', (select jsonb_build_object('userId', public.to_typeid('user', who.user_id), 'email', who.email, 'emailVerified', who.email_verified,
    'principalId', public.to_typeid('prin', who.id), 'displayName', who.display_name, 'avatarUrl', who.avatar_url, 'memberState', who.member_state, 'memberSince', who.member_since, 'version', who.version,
    'tokensValidAfter', who.tokens_valid_after, 'revision', who.revision, 'eventSeq', who.event_seq) from who),
  'digest', encode(seen.digest, 'hex'),
  'news', case when news.any then jsonb_build_object(
    'rules', (select coalesce(jsonb_agg(x.rule order by x.position), '[]') from (${mappedRules}) x),
    'grants', (select coalesce(jsonb_agg(x.held), '[]') from (${heldGrants}) x),
    'memberships', (select coalesce(jsonb_agg(x.held), '[]') from (${heldMemberships}) x),
    'full', exists (select from principal where member_state in ('active', 'suspended') offset ${MOST_MEMBERS - 1})
  ) end) as found
from iss cross join seen cross join news`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      return row === undefined ? undefined : signInOf(row.found);
    },
  };
}

const signInOf = ({ person, digest, news, ...found }: Found): SignIn => ({
  ...found,
  digest: Uint8Array.from(Buffer.from(digest, 'hex')),
  person:
    person === null
      ? null
      : { ...person, memberSince: date(person.memberSince), tokensValidAfter: date(person.tokensValidAfter) },
  news:
    news === null
      ? null
      : {
          ...news,
          grants: news.grants.map((grant) => ({
            ...grant,
            expiresAt: date(grant.expiresAt),
            createdAt: new Date(grant.createdAt),
          })),
        },
});

const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
