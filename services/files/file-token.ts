import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Id, parseId } from '#schema/ids.ts';
import { ASSURANCES } from '#schema/values.ts';
import type { CustomerSession } from '#services/access/customer.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';

export type StaffGrant = { principalId: Id<'prin'> } | { keyId: Id<'key'> };
/** A customer by their session, or the contact to whom a mail was sent. */
export type CustomerGrant = { session: CustomerSession } | { contactId: Id<'contact'> };
/** By whose right a link opens its file; looked at again each time. */
export type FileGrant = StaffGrant | CustomerGrant;

export interface FileToken<Grant extends FileGrant = FileGrant> {
  attachmentId: Id<'tatt'>;
  grant: Grant;
  expiresAt: Date;
}

const MAC_BYTES = 16;
const TOKEN = /^([0-7][0-9a-hjkmnp-tv-z]{25})\.([pkacvm])([0-7][0-9a-hjkmnp-tv-z]{25})\.([0-9a-z]{1,9})\.([\w-]{22})$/;

/**
 * `<file>.<kind><holder>.<end, seconds in base 36>.<HMAC-SHA256, 128 bits>`: fits into any URL. The kind is `p` for a
 * member, `k` for a key, `m` for the contact that a mail went to, and for a customer the initial of their assurance.
 */
export function writeFileToken(keys: KeyRing, { attachmentId, grant, expiresAt }: FileToken): string {
  const [{ key }] = keys.derive('attachment-link');
  const body = `${suffix(attachmentId)}.${holderOf(grant)}.${Math.floor(expiresAt.getTime() / 1000).toString(36)}`;
  return `${body}.${mac(key, body).toString('base64url')}`;
}

/** `undefined` for what is not ours, was altered, or is over: all the same to whoever asks. */
export function readFileToken(keys: KeyRing, text: string, now: Date): FileToken | undefined {
  const match = TOKEN.exec(text);
  if (match === null) return undefined;
  const [, file, kind = '', holder = '', end = '', tag = ''] = match;
  const body = text.slice(0, text.lastIndexOf('.'));
  const given = Buffer.from(tag, 'base64url');
  const expiresAt = new Date(Number.parseInt(end, 36) * 1000);
  const ours = keys.derive('attachment-link').some(({ key }) => timingSafeEqual(mac(key, body), given));
  if (!ours || expiresAt <= now) return undefined;
  return { attachmentId: parseId('tatt', `tatt_${file}`), grant: grantOf(kind, holder), expiresAt };
}

function holderOf(grant: FileGrant): string {
  if ('keyId' in grant) return `k${suffix(grant.keyId)}`;
  if ('principalId' in grant) return `p${suffix(grant.principalId)}`;
  if ('contactId' in grant) return `m${suffix(grant.contactId)}`;
  const { assurance, principalId } = grant.session;
  return `${assurance.charAt(0)}${suffix(principalId)}`;
}

function grantOf(kind: string, holder: string): FileGrant {
  if (kind === 'k') return { keyId: parseId('key', `key_${holder}`) };
  if (kind === 'm') return { contactId: parseId('contact', `contact_${holder}`) };
  const principalId = parseId('prin', `prin_${holder}`);
  const assurance = ASSURANCES.find((each) => each.startsWith(kind));
  return assurance === undefined ? { principalId } : { session: { principalId, assurance } };
}

const suffix = (id: Id): string => id.slice(id.indexOf('_') + 1);

const mac = (key: Uint8Array, body: string): Buffer =>
  createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES);
