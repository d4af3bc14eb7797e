import { type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ServiceError } from '#schema/errors.ts';
import { unauthenticated } from '../credential.ts';
import type { PersonCredential } from './person-token.ts';
import type { TrustedIssuer } from './sign-in.ts';

/** The keys under an address, fetched and kept by the door. @throws ServiceError unavailable `issuer_unreachable`. */
export type IssuerKeys = (jwksUrl: string) => JWTVerifyGetKey;

/** A token opens one door: the one its audience names. */
export interface TokenDoor {
  /** `<PUBLIC_ORIGIN>/mcp` in `aud` opens MCP and nothing else. */
  mcpAudience: string;
  isMcp: boolean;
}

export const CLOCK_SKEW_SECONDS = 30;

/**
 * Verifies a token with the issuer that was loaded for it (RFC 7519 §7.2, RFC 8725): signature by a key of the issuer under
 * an algorithm of its list, `iss`, `aud`, `exp`, `iat` with its age, `nbf`, `sub`. `jku`, `x5u` and `jwk` are not looked at.
 * @throws ServiceError unauthenticated, one text for all of it; unavailable `issuer_unreachable`.
 */
export async function verifyToken(
  credential: PersonCredential,
  issuer: TrustedIssuer,
  at: { now: Date; keys: IssuerKeys; door: TokenDoor },
): Promise<void> {
  try {
    await jwtVerify(credential.token, at.keys(issuer.jwksUrl), {
      algorithms: issuer.algorithms,
      issuer: issuer.issuer,
      audience: issuer.audiences,
      requiredClaims: ['exp', 'iat', 'sub'],
      maxTokenAge: issuer.maxTokenAgeSeconds,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: at.now,
    });
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw unauthenticated();
  }
  if (!opensDoor(credential, at.door) || !isOfKind(credential, issuer)) throw unauthenticated();
}

export const opensDoor = ({ claims: { aud } }: PersonCredential, { mcpAudience, isMcp }: TokenDoor): boolean =>
  (Array.isArray(aud) ? aud.includes(mcpAudience) : aud === mcpAudience) === isMcp;

/** Cloudflare Access signs tokens of other uses with the same keys; those of people say `app`. */
export const isOfKind = ({ claims }: PersonCredential, { kind }: TrustedIssuer): boolean =>
  kind !== 'cloudflare_access' || claims.type === 'app';
