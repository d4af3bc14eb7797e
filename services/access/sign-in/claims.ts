import { normalizeEmail } from '#schema/email-address.ts';
import type { PersonCredential } from './person-token.ts';
import type { TrustedIssuer } from './sign-in.ts';

type Claims = PersonCredential['claims'];

const MAX_NAME_CHARACTERS = 120;

/** The address that claims name, as addresses are stored, whether it is proved or not. */
export const emailIn = ({ email }: Claims): string | undefined =>
  typeof email === 'string' ? normalizeEmail(email) : undefined;

/** The address that verified claims prove. Cloudflare Access knows no other kind; of others `email_verified` must be true. */
export const provenEmail = (claims: Claims, { kind }: Pick<TrustedIssuer, 'kind'>): string | undefined =>
  kind === 'cloudflare_access' || claims.email_verified === true ? emailIn(claims) : undefined;

/** Whether an issuer may speak for an address by itself: of a domain that it was given, subdomains not included. */
export const speaksFor = ({ emailDomains }: Pick<TrustedIssuer, 'emailDomains'>, email: string): boolean =>
  emailDomains.includes(email.slice(email.lastIndexOf('@') + 1));

/** How a new person is called: as the issuer says, else by the address. */
export function nameIn(claims: Claims, email: string): string {
  const name = typeof claims.name === 'string' ? claims.name.replaceAll(/\s+/g, ' ').trim() : '';
  const characters = [...(name === '' ? email.slice(0, email.lastIndexOf('@')) : name)];
  return characters.slice(0, MAX_NAME_CHARACTERS).join('');
}
