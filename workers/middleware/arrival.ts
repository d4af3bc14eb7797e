import { parseIpAddress } from '#services/outbound/ip-address.ts';

/** The header in which Cloudflare Access asserts who somebody is. */
export const ASSERTION = 'cf-access-jwt-assertion';

/** Whether anything was sent that might be a credential, right or wrong (RFC 6750 §3.1 tells the two apart). */
export const presentsCredential = ({ headers }: Request): boolean =>
  headers.has('authorization') || headers.has(ASSERTION);

/** The platform's own header; forwarded ones are never read. An IPv4-mapped address counts as the IPv4 one. */
export function addressOf(request: Request): string | null {
  const address = request.headers.get('cf-connecting-ip');
  const parsed = parseIpAddress(address ?? '');
  if (address === null || parsed === undefined) return null;
  const isMapped = parsed.version === 6 && parsed.value >> 32n === 0xffffn;
  return isMapped ? [24n, 16n, 8n, 0n].map((shift) => (parsed.value >> shift) & 255n).join('.') : address;
}
