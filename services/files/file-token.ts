import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Id, parseId } from '#schema/ids.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';

/** By whose right a link opens its file; looked at again each time. */
export type FileGrant = { principalId: Id<'prin'> } | { keyId: Id<'key'> };

export interface FileToken {
  attachmentId: Id<'tatt'>;
  grant: FileGrant;
  expiresAt: Date;
}

const MAC_BYTES = 16;
const TOKEN = /^([0-7][0-9a-hjkmnp-tv-z]{25})\.([pk])([0-7][0-9a-hjkmnp-tv-z]{25})\.([0-9a-z]{1,9})\.([\w-]{22})$/;

/** `<file>.<p or k><member or key>.<end, seconds in base 36>.<HMAC-SHA256, 128 bits>`: fits into any URL. */
export function writeFileToken(keys: KeyRing, { attachmentId, grant, expiresAt }: FileToken): string {
  const [{ key }] = keys.derive('attachment-link');
  const holder = 'keyId' in grant ? `k${suffix(grant.keyId)}` : `p${suffix(grant.principalId)}`;
  const body = `${suffix(attachmentId)}.${holder}.${Math.floor(expiresAt.getTime() / 1000).toString(36)}`;
  return `${body}.${mac(key, body).toString('base64url')}`;
}

/** `undefined` for what is not ours, was altered, or is over: all the same to whoever asks. */
export function readFileToken(keys: KeyRing, text: string, now: Date): FileToken | undefined {
  const match = TOKEN.exec(text);
  if (match === null) return undefined;
  const [, file, kind, holder, end = '', tag = ''] = match;
  const body = text.slice(0, text.lastIndexOf('.'));
  const given = Buffer.from(tag, 'base64url');
  const expiresAt = new Date(Number.parseInt(end, 36) * 1000);
  const ours = keys.derive('attachment-link').some(({ key }) => timingSafeEqual(mac(key, body), given));
  if (!ours || expiresAt <= now) return undefined;
  const grant =
    kind === 'k' ? { keyId: parseId('key', `key_${holder}`) } : { principalId: parseId('prin', `prin_${holder}`) };
  return { attachmentId: parseId('tatt', `tatt_${file}`), grant, expiresAt };
}

const suffix = (id: Id): string => id.slice(id.indexOf('_') + 1);

const mac = (key: Uint8Array, body: string): Buffer =>
  createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES);
