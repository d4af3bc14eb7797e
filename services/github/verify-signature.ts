import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `X-Hub-Signature-256` is the HMAC-SHA256 of exactly these bytes under one of the secrets. Every secret is tried
 * and compared in constant time, so nothing is learnt from how long a refusal takes.
 */
export function verifySignature(bytes: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  const given = Buffer.from(signature.replace(/^sha256=/, ''), 'hex');
  const matches = secrets.map((secret) => {
    const expected = createHmac('sha256', secret).update(bytes).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return matches.includes(true);
}
