import { sql } from 'drizzle-orm';
import type { AuthIssuerTest } from '#schema/api/auth-issuers.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { none, rows, type Statement } from '#services/kernel/query.ts';
import { type Deciding, defineRead } from '#services/kernel/verb.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { emailIn, provenEmail, speaksFor } from '../sign-in/claims.ts';
import { decideSignIn } from '../sign-in/decide-sign-in.ts';
import { assumeIdentity, type Identity } from '../sign-in/identity.ts';
import { claimsOf } from '../sign-in/person-rows.ts';
import { type PersonCredential, parsePersonToken } from '../sign-in/person-token.ts';
import type { SignIn } from '../sign-in/sign-in.ts';
import { signInQuery } from '../sign-in/sign-in-query.ts';
import { explainToken, type TokenCheck } from './explain-token.ts';
import { issuerById } from './issuer-queries.ts';
import { permitKnownIssuer } from './issuer-rules.ts';

interface TestAuthIssuerInput {
  issuerId: Id<'iss'>;
  token: string;
}

/**
 * Verifies a pasted token as a request would be, and says claim by claim what it would come to. Writes nothing.
 * @throws ServiceError not_found; forbidden `person_required`, `owner_required`.
 */
export const testAuthIssuer = defineRead({
  name: 'testAuthIssuer',
  permission: 'admin.manage_settings',

  load: ({ issuerId, token }: TestAuthIssuerInput, { auth, now }) => {
    const credential = read(token);
    return {
      found: issuerById(issuerId),
      acting: actingRolesQuery(auth, now),
      signIn: credential === undefined ? nothing : signInQuery(credential),
      values: credential === undefined ? nothing : valuesAt(issuerId, credential),
    };
  },

  async readOutside({ found, acting }, { token }, by, { issuerKeys, publicOrigin }) {
    const { loaded } = permitKnownIssuer(by.authority, acting, found);
    const door = { mcpAudience: `${publicOrigin}/mcp`, isMcp: false };
    return explainToken(read(token), loaded.issuer, { now: by.now, keys: issuerKeys, door });
  },

  decide({ found, acting, signIn, values }, { token }, by, checks: TokenCheck[]) {
    const { permit, loaded } = permitKnownIssuer(by.authority, acting, found);
    const credential = read(token);
    const valid = checks.every(({ passed }) => passed) && signIn?.issuer.id === loaded.issuer.id;
    return unchanged<AuthIssuerTest>(permit, {
      valid,
      checks,
      person:
        !valid || credential === undefined || signIn === undefined
          ? null
          : {
              subject: credential.subject,
              email: emailIn(credential.claims) ?? null,
              emailProven: provenEmail(credential.claims, signIn.issuer) !== undefined,
              mayBeSpokenFor: speaksFor(signIn.issuer, emailIn(credential.claims) ?? ''),
              principalId: signIn.account === null ? null : (signIn.person?.principalId ?? null),
            },
      outcome: !valid || credential === undefined || signIn === undefined ? null : outcomeOf(credential, signIn, by),
      rules: loaded.rules.map((rule, i) => ({
        rule,
        matches: values?.[i]?.matches ?? false,
        found: values?.[i]?.found ?? null,
      })),
    });
  },
});

const read = (token: string): PersonCredential | undefined =>
  parsePersonToken(token, { via: 'authorization', foreignPage: null });

const nothing: Statement<undefined> = { ...none(), read: () => undefined };

/** What stands in the token where each rule looks, and whether it meets the rule: the comparison of every sign-in. */
const valuesAt = (issuerId: Id<'iss'>, credential: PersonCredential) =>
  rows<{ found: unknown; matches: boolean }>(sql`
    select body #> r.claim as found, coalesce(body #> r.claim @> to_jsonb(r.equals), false) as matches
    from auth_issuer_rules r cross join (select ${claimsOf(credential)} as body) c
    where r.issuer_id = ${idToUuid(issuerId)}::uuid order by r.position`);

/** The decision of a sign-in itself, thrown away. */
function outcomeOf(credential: PersonCredential, signIn: SignIn, by: Deciding): AuthIssuerTest['outcome'] {
  const { account, person } = signIn;
  if (account !== null && person !== null) {
    if (person.memberState !== 'active') return person.memberState === null ? 'not_a_member' : 'member_inactive';
    return person.tokensValidAfter !== null && person.tokensValidAfter > credential.issuedAt
      ? 'token_revoked'
      : 'member';
  }
  const identity: Identity = assumeIdentity(credential, signIn);
  try {
    return decideSignIn(identity, by)?.change.audit?.action === 'member.added' ? 'joins' : 'links';
  } catch (error) {
    if (error instanceof ServiceError) return error.reason as AuthIssuerTest['outcome'];
    throw error;
  }
}
