/** Where large and raw payloads lie outside the database. A missing object is `undefined`, never an error. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
}
