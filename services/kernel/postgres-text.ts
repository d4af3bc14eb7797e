/** Type numbers of pg_type whose text form becomes something else in JavaScript. All others stay text, times above all. */
const BOOL = 16;
const NUMBERS = new Set([21, 23, 26, 700, 701]);
const JSONS = new Set([114, 3802]);
/** text[], varchar[], uuid[], int4[], int8[], bool[]: arrays of text; the column's codec reads their elements. */
const ARRAYS = new Set([1009, 1015, 2951, 1007, 1016, 1000]);

const asText = (text: string): string => text;

/** How the text form of a type is read: numbers within 2^53, booleans, JSON and arrays of text; bigint and times stay text. */
export function parserOf(typeId: number): (text: string) => unknown {
  if (typeId === BOOL) return (text) => text === 't';
  if (NUMBERS.has(typeId)) return Number;
  if (JSONS.has(typeId)) return (text) => JSON.parse(text) as unknown;
  return ARRAYS.has(typeId) ? readArray : asText;
}

/** A one-dimensional array in Postgres' text form: `{a,"b c",NULL}`. */
export function readArray(text: string): (string | null)[] {
  const elements: (string | null)[] = [];
  const element = /(?:"((?:[^"\\]|\\.)*)"|([^,{}]*))(?:,|\}$)/gs;
  if (text === '{}') return elements;
  element.lastIndex = 1;
  for (let match = element.exec(text); match !== null && match[0] !== ''; match = element.exec(text)) {
    const [, quoted, bare] = match;
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, '$1'));
    else elements.push(bare === 'NULL' ? null : (bare ?? ''));
  }
  return elements;
}

/** A parameter in the text form that Postgres reads; objects as JSON, bytes as hex, arrays of scalars as `{…}`. */
export function encodeParam(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map(encodeElement).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function encodeElement(value: unknown): string {
  const text = encodeParam(value);
  if (text === null) return 'NULL';
  return Array.isArray(value) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
