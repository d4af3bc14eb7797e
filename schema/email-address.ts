import { asciiDomain } from './domain-name.ts';
import { ServiceError } from './errors.ts';

/** A dot-atom with UTF-8 (RFC 5322 §3.2.3, RFC 6531): no leading, trailing or doubled dot, no quotes. */
const LOCAL_PART = /^[^\s@()<>[\]:;,\\".\p{Cc}]+(\.[^\s@()<>[\]:;,\\".\p{Cc}]+)*$/u;

/**
 * An e-mail address as it is compared and stored: display name and `mailto:` off, lower case, domain in ASCII (UTS 46).
 * Tags after a plus stay: they may be another person. `undefined` when it is no address.
 */
export function normalizeEmail(text: string): string | undefined {
  const bare = (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text)
    .trim()
    .replace(/^mailto:/i, '')
    .normalize('NFC');
  const at = bare.lastIndexOf('@');
  const local = bare.slice(0, at).toLowerCase();
  const domain = asciiDomain(bare.slice(at + 1));
  if (at < 1 || domain === undefined || !LOCAL_PART.test(local) || new TextEncoder().encode(local).length > 64)
    return undefined;
  const address = `${local}@${domain}`;
  return address.length <= 254 ? address : undefined;
}

/** @throws ServiceError invalid_request naming the field. */
export function requireEmail(text: string, pointer: string): string {
  const email = normalizeEmail(text);
  if (email !== undefined) return email;
  const detail = 'This is no e-mail address.';
  throw new ServiceError('invalid_request', detail, {
    errors: [{ in: 'body', pointer, code: 'invalid_format', detail }],
  });
}
