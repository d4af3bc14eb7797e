import { createIdSource } from '#schema/id-source.ts';
import type { IdSource } from '#schema/ids.ts';

// One per isolate and made on first use: a Worker may draw no randomness while it starts.
let ids: IdSource | undefined;

export const random = (bytes: Uint8Array): Uint8Array => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);

/** Where all ids of this isolate come from. */
export const idSource = (): IdSource => {
  ids ??= createIdSource({ now: () => Date.now(), random });
  return ids;
};
