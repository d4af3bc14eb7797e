import { Buffer } from 'node:buffer';
import { ISSUER_ALGORITHMS } from '#schema/tables/auth-issuers.ts';

/**
 * A token or assertion as a person presented it: read, not yet believed. What it names is loaded, then the signature is
 * verified with the key of the loaded issuer; until then nothing of it decides anything.
 */
export interface PersonCredential {
  kind: 'person';
  /** The compact JWS (RFC 7515 §7.1). */
  token: string;
  /** An assertion rides on a browser cookie and counts only from an issuer of kind `cloudflare_access`. */
  via: 'authorization' | 'access_assertion';
  issuer: string;
  subject: string;
  issuedAt: Date;
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
  /** Set where a browser may have been made to send the assertion: the page that it came from, if it said so. */
  foreignPage: { origin: string | null } | null;
}

export const MAX_TOKEN_CHARACTERS = 8192;
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const MAX_ISSUER_CHARACTERS = 2048;
const MAX_NAME_CHARACTERS = 255;
const MAX_DEPTH = 20;
/** Seconds; a later instant than that does not fit a timestamp. */
const LATEST = 100_000_000_000;

/** `undefined` for anything that no issuer could have signed for us, `alg: none` and `HS256` among it: that costs no database trip. */
export function parsePersonToken(
  token: string,
  from: Pick<PersonCredential, 'via' | 'foreignPage'>,
): PersonCredential | undefined {
  const parts = token.length <= MAX_TOKEN_CHARACTERS ? COMPACT.exec(token) : null;
  const header = parts === null ? undefined : readObject(parts[1] ?? '');
  const claims = parts === null ? undefined : readObject(parts[2] ?? '');
  if (header === undefined || claims === undefined) return undefined;
  const { alg, kid } = header;
  const { iss, sub, iat, exp } = claims;
  const sound =
    ISSUER_ALGORITHMS.some((each) => each === alg) &&
    (kid === undefined || isText(kid, MAX_NAME_CHARACTERS)) &&
    isText(iss, MAX_ISSUER_CHARACTERS) &&
    isText(sub, MAX_NAME_CHARACTERS) &&
    isTime(iat) &&
    isTime(exp);
  if (!sound) return undefined;
  return { kind: 'person', token, ...from, issuer: iss, subject: sub, issuedAt: new Date(iat * 1000), header, claims };
}

function readObject(part: string): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && isStorable(value, 0)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Neither UTF-8 nor JSON: no token.
    return undefined;
  }
}

/** The claims travel to Postgres as `jsonb`, which takes neither U+0000 nor half a surrogate pair. */
function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= MAX_DEPTH) return false;
  return Object.entries(value).every(([key, inner]) => isStorable(key, depth) && isStorable(inner, depth + 1));
}

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length >= 1 && value.length <= most;

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < LATEST;
