import { compactVerify } from 'jose';
import { type AuthIssuerTest, TOKEN_CHECKS } from '#schema/api/auth-issuers.ts';
import { ServiceError } from '#schema/errors.ts';
import type { ValueOf } from '#schema/values.ts';
import type { PersonCredential } from '../sign-in/person-token.ts';
import { CLOCK_SKEW_SECONDS, type IssuerKeys, isOfKind, opensDoor, type TokenDoor } from '../sign-in/verify-token.ts';
import type { IssuerRow } from './issuer-queries.ts';

export type TokenCheck = AuthIssuerTest['checks'][number];

/**
 * Each condition of `verifyToken` by itself, with what was found. All of them together are what it asks; a test holds the two
 * equal. An issuer out of reach shows as a signature that could not be checked.
 */
export async function explainToken(
  credential: PersonCredential | undefined,
  issuer: IssuerRow,
  at: { now: Date; keys: IssuerKeys; door: TokenDoor },
): Promise<TokenCheck[]> {
  if (credential === undefined) {
    const detail = 'This is no signed token (JWS) with an allowed alg, iss, sub, iat and exp, of at most 8 KB.';
    return [{ check: 'form', passed: false, detail }];
  }
  const { claims, header } = credential;
  const now = at.now.getTime() / 1000;
  const [iat, exp] = [Number(claims.iat), Number(claims.exp)];
  const { nbf, aud } = claims;
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((each) => typeof each === 'string');
  const age = now - iat;
  const results: Record<ValueOf<typeof TOKEN_CHECKS>, [passed: boolean, detail: string]> = {
    form: [true, 'A signed token with the claims that every one needs.'],
    issuer: [
      claims.iss === issuer.issuer && issuer.disabledAt === null,
      `iss is ${shown(claims.iss)}; this issuer is ${shown(issuer.issuer)}${issuer.disabledAt === null ? '' : ', disabled'}.`,
    ],
    algorithm: [
      issuer.algorithms.some((each) => each === header.alg),
      `alg is ${shown(header.alg)}; allowed: ${issuer.algorithms.join(', ')}.`,
    ],
    signature: await signatureOf(credential, issuer, at.keys),
    audience: [
      audiences.some((each) => issuer.audiences.includes(each)) && opensDoor(credential, at.door),
      `aud is ${shown(aud)}; one of ${shown(issuer.audiences)} is needed, and ${shown(at.door.mcpAudience)} opens MCP alone.`,
    ],
    expiry: [exp > now - CLOCK_SKEW_SECONDS, `exp is ${instant(exp)}.`],
    issued_at: [
      age <= issuer.maxTokenAgeSeconds + CLOCK_SKEW_SECONDS && age >= -CLOCK_SKEW_SECONDS,
      `iat is ${instant(iat)}; a token may be ${issuer.maxTokenAgeSeconds} seconds old.`,
    ],
    not_before: [
      nbf === undefined || (typeof nbf === 'number' && nbf <= now + CLOCK_SKEW_SECONDS),
      nbf === undefined ? 'There is no nbf.' : `nbf is ${typeof nbf === 'number' ? instant(nbf) : shown(nbf)}.`,
    ],
    kind: [isOfKind(credential, issuer), kindDetail(credential, issuer)],
  };
  return TOKEN_CHECKS.map((check) => ({ check, passed: results[check][0], detail: results[check][1] }));
}

async function signatureOf(
  { token, header }: PersonCredential,
  { jwksUrl, algorithms }: IssuerRow,
  keys: IssuerKeys,
): Promise<[boolean, string]> {
  try {
    await compactVerify(token, keys(jwksUrl), { algorithms });
    return [true, `Signed by the key ${shown(header.kid)} of ${jwksUrl}.`];
  } catch (error) {
    if (error instanceof ServiceError) return [false, `${jwksUrl} does not answer with keys.`];
    return [false, `No key ${shown(header.kid)} of ${jwksUrl} has signed this.`];
  }
}

const kindDetail = ({ claims }: PersonCredential, { kind }: IssuerRow): string =>
  kind === 'cloudflare_access' ? `type is ${shown(claims.type)}; people have "app".` : 'Any token of this issuer.';

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value)).slice(0, 300);

const instant = (seconds: number): string => new Date(Math.min(seconds, 8.64e12) * 1000).toISOString();
