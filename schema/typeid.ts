/** The 26 characters of a TypeID behind its prefix: 128 bits, hence a first character of 0–7. */
export const SUFFIX = '[0-7][0-9a-hjkmnp-tv-z]{25}';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const PREFIX_PATTERN = /^([a-z]([a-z_]{0,61}[a-z])?)?$/;
const SUFFIX_PATTERN = new RegExp(`^${SUFFIX}$`);
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Prefix and suffix of a TypeID (specification 0.3); `undefined` for any other text.
 * Splits at the last underscore, so a prefix may hold some; without one the prefix is empty.
 */
export function splitTypeid(text: string): { prefix: string; suffix: string } | undefined {
  const at = text.lastIndexOf('_');
  const prefix = text.slice(0, Math.max(at, 0));
  const suffix = text.slice(at + 1);
  return at !== 0 && PREFIX_PATTERN.test(prefix) && SUFFIX_PATTERN.test(suffix) ? { prefix, suffix } : undefined;
}

/** The suffix for dashed hex of any version and case: every 128-bit value has one. `undefined` for any other text. */
export function uuidToSuffix(uuid: string): string | undefined {
  if (!UUID_PATTERN.test(uuid)) return undefined;
  const hex = uuid.replaceAll('-', '');
  let digits = rebase(hex.slice(0, 2), 16, 32, 2);
  for (let at = 2; at < 32; at += 5) digits += rebase(hex.slice(at, at + 5), 16, 32, 4);
  return digits.replace(/[i-v]/g, (digit) => CROCKFORD.charAt(Number.parseInt(digit, 32)));
}

/** Dashed lower-case hex of a suffix that `splitTypeid` gave. */
export function suffixToUuid(suffix: string): string {
  const digits = suffix.replace(/[j-z]/g, (letter) => CROCKFORD.indexOf(letter).toString(32));
  let hex = rebase(digits.slice(0, 2), 32, 16, 2);
  for (let at = 2; at < 26; at += 4) hex += rebase(digits.slice(at, at + 4), 32, 16, 5);
  return dashed(hex);
}

/** 32 hex digits in the form 8-4-4-4-12. */
export const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

// 20 bits are five hex digits and four base-32 digits, so a value is carried over in pieces that need no big integer.
const rebase = (digits: string, from: number, to: number, width: number): string =>
  Number.parseInt(digits, from).toString(to).padStart(width, '0');
