import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import type { SIGNINGS } from '#schema/tables/webhooks.ts';
import type { ValueOf } from '#schema/values.ts';

/** The signing secrets of an endpoint, as they stand under the seal. */
export const SigningSecrets = z.strictObject({
  /** `whsec_` and base64 of 24 to 64 bytes. */
  hmac: z.string().startsWith('whsec_').optional(),
  /** `whsk_` and base64 of seed and public key, 64 bytes. */
  ed25519: z.string().startsWith('whsk_').optional(),
});

export type SigningSecrets = z.output<typeof SigningSecrets>;

const SECRET_BYTES = 32;
/** PKCS #8 of an Ed25519 private key (RFC 8410 §7) up to its 32 bytes. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** New secrets for the asked signatures, and the public key that goes with them. */
export function newSecrets(
  signing: ValueOf<typeof SIGNINGS>,
  random: (bytes: Uint8Array) => Uint8Array,
): { secrets: SigningSecrets; publicKey: string | null } {
  const hmac = signing === 'ed25519' ? {} : { hmac: `whsec_${base64(random(new Uint8Array(SECRET_BYTES)))}` };
  if (signing === 'hmac') return { secrets: hmac, publicKey: null };
  const seed = random(new Uint8Array(SECRET_BYTES));
  const publicKey = publicKeyOf(seed);
  return {
    secrets: { ...hmac, ed25519: `whsk_${base64(Buffer.concat([seed, publicKey]))}` },
    publicKey: `whpk_${base64(publicKey)}`,
  };
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0.0): one `v1` (HMAC-SHA-256) and one `v1a` (Ed25519) per secret,
 * newest first, over `id.timestamp.body`.
 * @param timestamp seconds since the epoch, at this attempt.
 */
export function signatureOf(all: readonly SigningSecrets[], id: string, timestamp: number, body: string): string {
  const content = `${id}.${timestamp}.${body}`;
  return all.flatMap((secrets) => signaturesBy(secrets, content)).join(' ');
}

function signaturesBy({ hmac, ed25519 }: SigningSecrets, content: string): string[] {
  const symmetric =
    hmac === undefined ? [] : [`v1,${createHmac('sha256', bytesOf(hmac)).update(content).digest('base64')}`];
  const asymmetric =
    ed25519 === undefined
      ? []
      : [`v1a,${sign(null, Buffer.from(content), privateKeyOf(bytesOf(ed25519))).toString('base64')}`];
  return [...symmetric, ...asymmetric];
}

const bytesOf = (secret: string): Buffer => Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed.subarray(0, SECRET_BYTES)]), format: 'der', type: 'pkcs8' });

const publicKeyOf = (seed: Uint8Array): Buffer =>
  createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' }).subarray(-SECRET_BYTES);
