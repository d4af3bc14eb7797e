import type { ObjectStore } from '#services/inbound/object-store.ts';
import { type FileStore, MOST_KEYS } from '#services/storage/file-store.ts';
import type { Env } from './env.ts';

/** Objects in R2, in the bucket `ATTACHMENTS`. */
export const objectStore = ({ ATTACHMENTS: bucket }: Env): ObjectStore => ({
  async put(key, bytes) {
    await bucket.put(key, bytes);
  },
  async get(key) {
    const object = await bucket.get(key);
    return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
  },
});

/** Of the platform: R2 takes a stream only when its length is known. It fails unless exactly that many bytes come. */
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>;

/** Files in the same bucket, streamed. */
export const fileStore = ({ ATTACHMENTS: bucket }: Env): FileStore => ({
  async write(key, bytes, sizeBytes) {
    const { readable, writable } = new FixedLengthStream(sizeBytes);
    await Promise.all([bytes.pipeTo(writable), bucket.put(key, readable)]);
  },
  async read(key, range) {
    return (await bucket.get(key, range === undefined ? {} : { range }))?.body;
  },
  async delete(keys) {
    await bucket.delete([...keys]);
  },
  async list(prefix, cursor) {
    const page = await bucket.list({ prefix, limit: MOST_KEYS, ...(cursor === undefined ? {} : { cursor }) });
    return { keys: page.objects.map(({ key }) => key), next: page.truncated ? page.cursor : undefined };
  },
});
