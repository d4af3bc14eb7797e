import { notFound } from '#services/access/permit.ts';
import { contentDisposition } from '#services/files/file-name.ts';
import type { FileRow } from '#services/files/file-row.ts';
import { type FileToken, readFileToken } from '#services/files/file-token.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import type { ByteRange, FileStore } from '#services/storage/file-store.ts';
import { readCustomersFile, readFile } from './read-file.ts';

/** Pictures that run nothing; everything else is a download whatever a browser could do with it. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);

/** A file as the file door answers it. */
export interface OpenedFile {
  etag: string;
  sizeBytes: number;
  headers: Record<string, string>;
  /** @throws ServiceError not_found when the object is gone. */
  read(store: FileStore, range: ByteRange | undefined): Promise<ReadableStream<Uint8Array>>;
}

/** What a link opens. A bad token costs no trip, a good one a single trip. @throws ServiceError not_found. */
export async function openFile(kernel: Kernel, text: string): Promise<OpenedFile> {
  const token = readFileToken(kernel.keys, text, kernel.now);
  if (token === undefined) throw notFound();
  const file = await lookUp(kernel, token);
  const etag = `"${Buffer.from(file.sha256).toString('hex')}"`;
  const shown = SHOWN.has(file.contentType) && !file.unsafe;
  const type = file.unsafe ? 'application/octet-stream' : file.contentType;
  return {
    etag,
    sizeBytes: file.sizeBytes,
    headers: {
      etag,
      'content-type': type === 'text/plain' ? 'text/plain; charset=utf-8' : type,
      'content-disposition': contentDisposition(shown ? 'inline' : 'attachment', file.filename),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
      // The desk shows pictures from here, and lives on another origin.
      'cross-origin-resource-policy': 'cross-origin',
      'accept-ranges': 'bytes',
    },
    async read(store, range) {
      const stream = await store.read(file.storageKey, range);
      if (stream === undefined) throw notFound();
      return stream;
    },
  };
}

const lookUp = (kernel: Kernel, { attachmentId, expiresAt, grant }: FileToken): Promise<FileRow> =>
  'session' in grant || 'contactId' in grant
    ? runSystemVerb(kernel, readCustomersFile, { attachmentId, expiresAt, grant }, systemActor())
    : runSystemVerb(kernel, readFile, { attachmentId, expiresAt, grant }, systemActor());
