export interface ByteRange {
  offset: number;
  length: number;
}

/** Where files lie outside the database. A missing one is `undefined`, never an error. */
export interface FileStore {
  /** Rejects and keeps nothing unless exactly `sizeBytes` come. */
  write(key: string, bytes: ReadableStream<Uint8Array>, sizeBytes: number): Promise<void>;
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined>;
  /** At most `MOST_KEYS`; a key without a file is no error. */
  delete(keys: readonly string[]): Promise<void>;
  /** At most `MOST_KEYS` in the order of their keys; `next` goes on. */
  list(prefix: string, cursor?: string): Promise<{ keys: string[]; next: string | undefined }>;
}

/** What R2 deletes or lists in one call. */
export const MOST_KEYS = 1000;
