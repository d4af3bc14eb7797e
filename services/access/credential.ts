import { createHash, randomFillSync } from 'node:crypto';
import { ServiceError } from '#schema/errors.ts';
import { type Id, parseId } from '#schema/ids.ts';
import type { PersonCredential } from './sign-in/person-token.ts';

/** What a caller presented, parsed and not yet proved. Proof comes from the database, in the load. */
export interface ApiKeyCredential {
  kind: 'api_key';
  keyId: Id<'key'>;
  secretHash: Uint8Array;
  /** The platform's address of the caller, IPv4-mapped forms unwrapped; null where the platform gives none. */
  ip: string | null;
}

export type Credential = ApiKeyCredential | PersonCredential;

/** One text for absent, malformed, unknown and wrong, so that a refusal teaches nothing. */
export const unauthenticated = (): ServiceError =>
  new ServiceError('unauthenticated', 'Send a valid API key or token as "Authorization: Bearer …".');

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN = /^mk_([0-7][0-9a-hjkmnp-tv-z]{25})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * `mk_<id suffix>_<base62 of 32 random bytes><base62 CRC-32 of all before>`. The checksum lets a typo, and a secret
 * scanner, be told from a real key without a database.
 */
export function formatApiKey(keyId: Id<'key'>, secret: Uint8Array): string {
  const body = `mk_${keyId.slice('key_'.length)}_${toBase62(secret, 43)}`;
  return body + checksum(body);
}

/** A new secret for `formatApiKey`, 32 bytes from the given source of randomness. */
export const newSecret = (random: (bytes: Uint8Array) => Uint8Array = randomFillSync): Uint8Array =>
  random(new Uint8Array(32));

export const hashSecret = (secretText: string): Uint8Array => createHash('sha256').update(secretText).digest();

/** The secret part of a token, which is what is hashed and stored. */
export const secretOf = (token: string): string => token.slice(3 + 26 + 1, 3 + 26 + 1 + 43);

/** `undefined` for anything that is no key of ours, which costs no database trip. */
export function parseApiKey(token: string, ip: string | null): ApiKeyCredential | undefined {
  const match = TOKEN.exec(token);
  if (match === null || checksum(token.slice(0, -6)) !== match[3]) return undefined;
  return { kind: 'api_key', keyId: parseId('key', `key_${match[1]}`), secretHash: hashSecret(match[2] ?? ''), ip };
}

/** Digits, capitals, small letters; padded with zeros to `width` characters. */
export function toBase62(bytes: Uint8Array, width: number): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < width; i += 1) {
    text = BASE62.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}

function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i += 1) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const value = (crc ^ 0xffffffff) >>> 0;
  return toBase62(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value), 6);
}
