import { type FieldError, ServiceError } from '#schema/errors.ts';

/** The longest body of a route that says nothing else. */
export const JSON_BYTES = 256 * 1024;
const MAX_DEPTH = 20;
const MAX_NODES = 10_000;

/**
 * A JSON body: media type, size, UTF-8, then its values. NUL and lone surrogates are refused because Postgres stores
 * neither; strings come back in NFC. `undefined` when there is no body.
 * @throws ServiceError unsupported_media_type, payload_too_large, invalid_request (`invalid_json`, `invalid_text`, `out_of_range`).
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) return undefined;
  requireMediaType(request, ['application/json']);
  return jsonOf(bytes);
}

/** The values in a JSON text, checked as `readJson` does. @throws ServiceError invalid_request. */
export const jsonOf = (bytes: Uint8Array): unknown => checkValues(parse(bytes));

/** The raw body, cut off at the limit whatever length was declared. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

export function requireMediaType(request: Request, types: readonly string[]): void {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(type) || request.headers.has('content-encoding')) {
    throw new ServiceError(
      'unsupported_media_type',
      `The body must be ${types.join(' or ')}, without content encoding.`,
    );
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.startsWith('\ufeff')) throw new SyntaxError('byte order mark');
    return JSON.parse(text);
  } catch (cause) {
    throw invalidJson('The body is not valid JSON in UTF-8.', cause);
  }
}

/** Walks every key and value once; collects what no field may hold. */
function checkValues(root: unknown): unknown {
  const errors: FieldError[] = [];
  let nodes = 0;
  const walk = (value: unknown, pointer: string, depth: number): unknown => {
    nodes += 1;
    if (depth > MAX_DEPTH || nodes > MAX_NODES)
      throw invalidJson('The body is nested too deeply or has too many values.');
    if (typeof value === 'string') return text(value, pointer);
    if (typeof value === 'number' && !Number.isFinite(value))
      fail(pointer, 'out_of_range', 'The number is out of range.');
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      fail(pointer, 'out_of_range', 'The number is beyond 2^53 - 1.');
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${pointer}/${i}`, depth + 1));
    if (value === null || typeof value !== 'object') return value;
    const out: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value))
      out[text(key, pointer)] = walk(item, `${pointer}/${escapePointer(key)}`, depth + 1);
    return Object.setPrototypeOf(out, Object.prototype);
  };
  const text = (value: string, pointer: string): string => {
    if (value.includes('\0') || !value.isWellFormed())
      fail(pointer, 'invalid_text', 'The text holds U+0000 or half a surrogate pair.');
    return value.normalize('NFC');
  };
  const fail = (pointer: string, code: string, detail: string) => errors.push({ in: 'body', pointer, code, detail });
  const checked = walk(root, '', 0);
  if (errors.length > 0)
    throw new ServiceError('invalid_request', 'The body holds values that cannot be stored.', {
      errors: errors.slice(0, 50),
    });
  return checked;
}

const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const invalidJson = (detail: string, cause?: unknown): ServiceError =>
  new ServiceError('invalid_request', detail, { reason: 'invalid_json', cause });

const tooLarge = (limit: number): ServiceError =>
  new ServiceError('payload_too_large', `The body may have at most ${limit} bytes.`);
