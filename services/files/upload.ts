import { createHash } from 'node:crypto';
import { type FieldError, ServiceError } from '#schema/errors.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { cleanFilename, dispositionFilename } from './file-name.ts';
import { SNIFFED_BYTES, sniffType } from './sniff-type.ts';

const ALGORITHMS = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const;
const MOST_TYPE_CHARACTERS = 255;

export interface StoredFile {
  storageKey: string;
  contentType: string;
  sha256: Uint8Array;
}

interface Digest {
  algorithm: (typeof ALGORITHMS)[keyof typeof ALGORITHMS];
  value: Buffer;
}

/** A file on its way in: what its headers say, and its bytes, which can be read once however often a verb tries. */
export class Upload {
  readonly filename: string;
  readonly declaredType: string | null;
  readonly sizeBytes: number;
  readonly purpose: 'message' | 'import';
  readonly #digests: readonly Digest[];
  readonly #bytes: ReadableStream<Uint8Array>;
  #stored: Promise<StoredFile> | undefined;

  /** @throws ServiceError invalid_request, with every header that is missing or broken. */
  constructor(headers: Headers, bytes: ReadableStream<Uint8Array> | null, purpose: 'message' | 'import' = 'message') {
    const errors: FieldError[] = [];
    const fail = (name: string, detail: string) =>
      errors.push({
        in: 'header',
        pointer: `/${name}`,
        code: headers.has(name) ? 'invalid_format' : 'required',
        detail,
      });
    const length = headers.get('content-length') ?? '';
    const filename = dispositionFilename(headers.get('content-disposition') ?? '');
    const digests = digestsOf(headers.get('content-digest'));
    if (!/^[1-9]\d{0,14}$/.test(length)) fail('content-length', 'Say how many bytes come, one at least.');
    if (filename === undefined) fail('content-disposition', 'Send attachment; filename="…".');
    if (digests === undefined) fail('content-digest', 'Expected sha-256=:…: as in RFC 9530.');
    if (filename === undefined || digests === undefined || bytes === null || errors.length > 0)
      throw new ServiceError('invalid_request', 'The headers do not describe a file.', { errors });
    this.filename = cleanFilename(filename);
    this.declaredType = headers.get('content-type')?.slice(0, MOST_TYPE_CHARACTERS) ?? null;
    this.sizeBytes = Number(length);
    this.purpose = purpose;
    this.#digests = digests;
    this.#bytes = bytes;
  }

  /**
   * Streams the bytes into the store while they are hashed; the first ones decide the type.
   * @throws ServiceError unsupported_media_type, unprocessable `digest_mismatch`.
   */
  storeIn(store: FileStore, storageKey: string, extraTypes: readonly string[]): Promise<StoredFile> {
    this.#stored ??= this.#store(store, storageKey, extraTypes);
    return this.#stored;
  }

  /** The SHA-256 of bytes that are not kept after all: what was stored of them goes again. */
  async discard(store: FileStore): Promise<Uint8Array> {
    if (this.#stored !== undefined) {
      const { storageKey, sha256 } = await this.#stored;
      await store.delete([storageKey]);
      return sha256;
    }
    const hash = createHash('sha256');
    const reader = this.#bytes.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) hash.update(read.value);
    return hash.digest();
  }

  async #store(store: FileStore, storageKey: string, extraTypes: readonly string[]): Promise<StoredFile> {
    const reader = this.#bytes.getReader();
    const { chunks, ended } = await headOf(reader);
    const contentType = this.#typeOf(Buffer.concat(chunks).subarray(0, SNIFFED_BYTES), ended, extraTypes);
    if (contentType === undefined) {
      await reader.cancel();
      throw new ServiceError('unsupported_media_type', 'Files of this type are not taken.');
    }
    const hashes = { sha256: createHash('sha256'), sha512: createHash('sha512') };
    const bytes = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const chunk = chunks.shift() ?? (await reader.read()).value;
        if (chunk === undefined) return controller.close();
        for (const hash of Object.values(hashes)) hash.update(chunk);
        controller.enqueue(chunk);
      },
      cancel: (reason) => reader.cancel(reason),
    });
    await store.write(storageKey, bytes, this.sizeBytes);
    const made = { sha256: hashes.sha256.digest(), sha512: hashes.sha512.digest() };
    if (this.#digests.some(({ algorithm, value }) => !made[algorithm].equals(value))) {
      await store.delete([storageKey]);
      throw new ServiceError('unprocessable', 'The bytes do not have the digest that was announced.', {
        reason: 'digest_mismatch',
      });
    }
    return { storageKey, contentType, sha256: made.sha256 };
  }

  /** What an administrator allows beside is told by the declared type alone, and is never machine code. */
  #typeOf(head: Uint8Array, whole: boolean, extraTypes: readonly string[]): string | undefined {
    const { contentType, executable } = sniffType(head, whole, this.filename);
    if (contentType !== undefined || executable) return contentType;
    const declared = this.declaredType?.split(';', 1)[0]?.trim().toLowerCase();
    return extraTypes.find((type) => type === declared);
  }
}

/** Whole chunks, until they hold what sniffing looks at or the file ends. */
async function headOf(reader: ReadableStreamDefaultReader<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < SNIFFED_BYTES; ) {
    const { value, done } = await reader.read();
    if (done) return { chunks, ended: true };
    chunks.push(value);
    size += value.byteLength;
  }
  return { chunks, ended: false };
}

/** Digests whose algorithm we know (RFC 9530); unknown ones are for others. Undefined when the header cannot be read. */
function digestsOf(header: string | null): Digest[] | undefined {
  if (header === null) return [];
  const digests: Digest[] = [];
  for (const member of header.split(',')) {
    const match = /^\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):\s*$/.exec(member);
    if (match === null) return undefined;
    const algorithm = ALGORITHMS[match[1] as keyof typeof ALGORITHMS];
    if (algorithm !== undefined) digests.push({ algorithm, value: Buffer.from(match[2] ?? '', 'base64') });
  }
  return digests;
}
