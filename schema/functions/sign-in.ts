import { sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { issuerMatches } from './credential-rows.ts';
import { type SqlObject, sqlFunction } from './sql-object.ts';

const MOST_MEMBERS = 5000;

const arg = (name: string) => sql.raw(`sign_in.${name}`);
const { sql: issuerOf } = new PgDialect().sqlToQuery(issuerMatches(arg('issuer'), arg('is_assertion')));

/** The rules of the issuer that the claims meet. */
const matched = `(select m.* from public.auth_issuer_rules m where m.issuer_id = iss.id and sign_in.claims #> m.claim @> to_jsonb(m.equals))`;

const permissionsOf = (role: string): string =>
  `(select coalesce(jsonb_agg(rp.permission_key order by rp.permission_key), '[]') from public.role_permissions rp where rp.role_id = ${role})`;

/** What the rules that the claims meet give, as far as it still exists. */
const mappedRules = `
  select m.position, jsonb_build_object('roleId', public.to_typeid('role', r.id), 'roleKey', r.key, 'roleName', r.name, 'revision', r.revision,
    'permissions', ${permissionsOf('r.id')}) as rule
  from ${matched} m join public.roles r on r.id = m.role_id and r.deleted_at is null
  union all
  select m.position, jsonb_build_object('teamId', public.to_typeid('team', t.id), 'joinAs', m.join_as, 'revision', t.revision)
  from ${matched} m join public.teams t on t.id = m.join_team_id and t.archived_at is null`;

/** The person's workspace grants that nothing has ended yet, expired ones among them: they stand in the way of a twin. */
const heldGrants = `
  select jsonb_build_object('id', public.to_typeid('rasn', g.id), 'roleId', public.to_typeid('role', r.id), 'roleKey', r.key, 'roleName', r.name,
    'permissions', ${permissionsOf('r.id')}, 'expiresAt', g.expires_at, 'createdAt', g.created_at, 'source', g.source,
    'own', g.issuer_id is not distinct from iss.id) as held
  from public.principal_role_assignments g join public.roles r on r.id = g.role_id
  where g.principal_id = who.id and g.revoked_at is null and g.scope_kind = 'workspace'`;

const heldMemberships = `
  select jsonb_build_object('teamId', public.to_typeid('team', m.team_id), 'role', m.role, 'own', m.issuer_id is not distinct from iss.id) as held
  from public.team_memberships m where m.principal_id = who.id`;

/** Whom a proof of the address makes the person be: the contact that has it, unless they are somebody's already. */
const provenContact = `
  select jsonb_build_object('id', public.to_typeid('contact', c.id), 'revision', c.revision, 'eventSeq', c.event_seq)
  from public.contact_emails e join public.contacts c on c.id = e.contact_id
  where e.active and e.email = case when who.email_verified then who.address else sign_in.email end
    and not exists (select from public.contact_user_links l where l.user_id = who.user_id and l.unlinked_at is null)`;

/**
 * The issuer and the person of a token, the `SignIn` of `services/access/sign-in`: null for an issuer that is unknown or
 * disabled. A function, because every request of a person asks it and planning it costs several times what running does.
 * `news` is read for those alone about whom a sign-in may have to write.
 */
export const signIn: SqlObject = sqlFunction(
  'sign_in',
  `
create function public.sign_in(issuer text, subject text, is_assertion boolean, issued_at timestamptz, claims jsonb, email text)
returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $body$
#variable_conflict use_column
declare
  iss record;
  acc record;
  who record;
  digest bytea;
begin
  select i.* into iss from public.auth_issuers i where ${issuerOf};
  if iss.id is null then
    return null;
  end if;
  select a.* into acc from public.account a where a.issuer_id = iss.id and a.subject = sign_in.subject;
  select u.email as address, u.email_verified, p.* into who from public."user" u join public.principal p on p.user_id = u.id
    where u.id = coalesce(acc.user_id, (select v.id from public."user" v where v.email = sign_in.email));
  digest := sha256(convert_to(concat(iss.id, ':', iss.rules_version, ':',
    (select string_agg(m.position::text, ',' order by m.position) from ${matched} m)), 'UTF8'));
  return jsonb_build_object(
    'issuer', jsonb_build_object('id', public.to_typeid('iss', iss.id), 'issuer', iss.issuer, 'kind', iss.kind, 'jwksUrl', iss.jwks_url,
      'audiences', iss.audiences, 'algorithms', iss.algorithms, 'maxTokenAgeSeconds', iss.max_token_age_seconds,
      'provision', iss.provision, 'emailDomains', iss.email_domains, 'sync', iss.sync, 'revision', iss.revision),
    'trustedOrigins', (select to_jsonb(s.trusted_origins) from public.settings s),
    'account', case when acc.id is not null then jsonb_build_object('id', public.to_typeid('acct', acc.id), 'known', acc.claims_digest is not null) end,
    'person', case when who.id is not null then jsonb_build_object('userId', public.to_typeid('user', who.user_id), 'email', who.address,
      'emailVerified', who.email_verified, 'principalId', public.to_typeid('prin', who.id), 'displayName', who.display_name,
      'avatarUrl', who.avatar_url, 'memberState', who.member_state, 'memberSince', who.member_since, 'version', who.version,
      'tokensValidAfter', who.tokens_valid_after, 'revision', who.revision, 'eventSeq', who.event_seq) end,
    'contact', case when acc.id is null or who.member_state is distinct from 'active' then (${provenContact}) end,
    'digest', encode(digest, 'hex'),
    'news', case when acc.id is null or (acc.claims_digest is distinct from digest
        and (acc.claims_issued_at is null or acc.claims_issued_at <= sign_in.issued_at)) then jsonb_build_object(
      'rules', (select coalesce(jsonb_agg(x.rule order by x.position), '[]') from (${mappedRules}) x),
      'grants', (select coalesce(jsonb_agg(x.held), '[]') from (${heldGrants}) x),
      'memberships', (select coalesce(jsonb_agg(x.held), '[]') from (${heldMemberships}) x),
      'full', exists (select from public.principal p where p.member_state in ('active', 'suspended') offset ${MOST_MEMBERS - 1})) end);
end
$body$`,
);
