import { createHash, createHmac } from 'node:crypto';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';

const MAC_BYTES = 24;

/**
 * What the link in a request for a rating carries: HMAC-SHA256 over the rating's id. Whoever writes the mail derives it
 * anew; the table holds its digest alone.
 */
export function ratingToken(keys: KeyRing, ratingId: Id<'csat'>): string {
  const [{ key }] = keys.derive('rating-link');
  return createHmac('sha256', key).update(idToUuid(ratingId)).digest().subarray(0, MAC_BYTES).toString('base64url');
}

export const tokenDigest = (token: string): Uint8Array => createHash('sha256').update(token).digest();
