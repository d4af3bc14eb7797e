import { type Credential, parseApiKey, unauthenticated } from '#services/access/credential.ts';
import { parsePersonToken } from '#services/access/sign-in/person-token.ts';
import { ASSERTION, addressOf } from './arrival.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * The credential of a request, by shape, without I/O: garbage is refused before anything is loaded. `Authorization` decides
 * where it is sent, else the assertion of Cloudflare Access; neither rescues the other. Cookies and queries are not read.
 * @throws ServiceError unauthenticated, one text for absent and malformed.
 */
export function credentialOf(request: Request, publicOrigin: string): Credential {
  const header = request.headers.get('authorization');
  const assertion = request.headers.get(ASSERTION);
  const credential = header === null ? assertedBy(assertion, request, publicOrigin) : borneBy(header, request);
  if (credential === undefined) throw unauthenticated();
  return credential;
}

/** Two headers of one name arrive as one value with a comma in it, which no credential has. */
function borneBy(header: string, request: Request): Credential | undefined {
  const token = /^Bearer ([^\s,]+)$/i.exec(header)?.[1] ?? '';
  return token.startsWith('mk_')
    ? parseApiKey(token, addressOf(request))
    : parsePersonToken(token, { via: 'authorization', foreignPage: null });
}

/** A browser adds the assertion by itself, so a change needs to come from a page of ours or a trusted one. */
function assertedBy(assertion: string | null, request: Request, publicOrigin: string): Credential | undefined {
  if (assertion === null) return undefined;
  const origin = request.headers.get('origin');
  const isOurs = SAFE_METHODS.includes(request.method) || origin === new URL(publicOrigin).origin;
  return parsePersonToken(assertion, { via: 'access_assertion', foreignPage: isOurs ? null : { origin } });
}
