import type { ObjectStore } from '#services/inbound/object-store.ts';
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
