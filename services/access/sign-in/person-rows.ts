import { type SQL, sql } from 'drizzle-orm';
import { issuerMatches } from '#schema/functions/credential-rows.ts';
import type { PersonCredential } from './person-token.ts';

/** The live issuer `i` that a token names. */
export const issuerOf = ({ issuer, via }: PersonCredential): SQL =>
  issuerMatches(sql`${issuer}`, sql`${via === 'access_assertion'}::boolean`);

/** The claims as `jsonb`: paths of the issuer's row walk them in the same statement. */
export const claimsOf = ({ claims }: PersonCredential): SQL => sql`${JSON.stringify(claims)}::jsonb`;
