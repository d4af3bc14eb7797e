import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import type { KeyPurpose } from './purposes.ts';

/** Where a sealed text lives. Moved to another row, column or purpose, it does not open. */
export interface SealPlace {
  table: string;
  rowId: string;
  column: string;
  purpose: KeyPurpose;
}

const TAG_BYTES = 16;

/** `m1.<kid>.<nonce>.<ciphertext‖tag>`, AES-256-GCM with a random 96-bit nonce and the place as associated data. */
export function seal(
  keys: KeyRing,
  place: SealPlace,
  plain: string,
  random: (bytes: Uint8Array) => Uint8Array,
): string {
  const [{ kid, key }] = keys.derive(place.purpose);
  const nonce = random(new Uint8Array(12));
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad(place));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return ['m1', kid, Buffer.from(nonce).toString('base64url'), sealed.toString('base64url')].join('.');
}

/** `undefined` when the key is gone or the text was altered or moved: its owner then needs attention. */
export function open(keys: KeyRing, place: SealPlace, text: string): string | undefined {
  const [form, kid, nonce = '', body = ''] = text.split('.');
  const match = keys.derive(place.purpose).find((each) => each.kid === kid);
  const bytes = Buffer.from(body, 'base64url');
  if (form !== 'm1' || match === undefined || bytes.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', match.key, Buffer.from(nonce, 'base64url'))
    .setAAD(aad(place))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const aad = ({ table, rowId, column, purpose }: SealPlace): Buffer =>
  Buffer.from(`${table}|${rowId}|${column}|${purpose}`);
