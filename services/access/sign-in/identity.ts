import { ServiceError } from '#schema/errors.ts';
import { unauthenticated } from '../credential.ts';
import type { PersonCredential } from './person-token.ts';
import type { SignIn } from './sign-in.ts';
import { type IssuerKeys, verifyToken } from './verify-token.ts';

declare const verified: unique symbol;

/** Somebody whose token was verified with the issuer loaded for it. */
export interface Identity {
  readonly [verified]: true;
  readonly token: PersonCredential;
  readonly signIn: SignIn;
}

/**
 * Verifies a token with the issuer that was loaded beside it. An assertion that a page of others may have made a browser
 * send with a change does not count: it rides on a cookie.
 * @throws ServiceError unauthenticated; forbidden `cross_site`; unavailable `issuer_unreachable`.
 */
export async function proveIdentity(
  token: PersonCredential,
  signIn: SignIn | undefined,
  at: { now: Date; keys: IssuerKeys; publicOrigin: string; isMcp: boolean },
): Promise<Identity> {
  if (signIn === undefined) throw unauthenticated();
  const door = { mcpAudience: `${at.publicOrigin}/mcp`, isMcp: at.isMcp };
  await verifyToken(token, signIn.issuer, { now: at.now, keys: at.keys, door });
  const { foreignPage } = token;
  if (foreignPage !== null && !(foreignPage.origin !== null && signIn.trustedOrigins.includes(foreignPage.origin))) {
    throw new ServiceError('forbidden', 'This page may not use your sign-in for a change.', { reason: 'cross_site' });
  }
  return { token, signIn } as Identity;
}

/** For what only tells and writes nothing: as if the token had been verified. */
export const assumeIdentity = (token: PersonCredential, signIn: SignIn): Identity => ({ token, signIn }) as Identity;
