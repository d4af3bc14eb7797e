const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * RFC 8785 (JCS) text of a JSON value: no blanks, members sorted by UTF-16 code units, ECMAScript numbers and strings.
 * A member whose value is `undefined` is left out. @throws TypeError for anything that JSON cannot hold exactly.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return stringText(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isPlainObject(value)) return `{${members(value).join(',')}}`;
  throw new TypeError(`not a JSON value: ${typeof value}`);
}

const members = (object: Record<string, unknown>): string[] =>
  Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${stringText(key)}:${canonicalJson(object[key])}`);

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('not a JSON value: a number that is not finite');
  return JSON.stringify(value);
}

/** JSON.stringify would escape a lone surrogate; RFC 8785 section 3.2.2.2 asks for an error. */
function stringText(value: string): string {
  if (LONE_SURROGATE.test(value)) throw new TypeError('not a JSON value: a string with a lone surrogate');
  return JSON.stringify(value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
