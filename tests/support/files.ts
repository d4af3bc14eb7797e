import { createHash } from 'node:crypto';
import type { TestWorker } from './worker.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what came over the wire.
type Json = any;

/** Uploads bytes under a name, with whatever other headers a test bends. */
export async function upload(
  worker: TestWorker,
  token: string,
  bytes: string | Uint8Array,
  filename = 'log.txt',
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json }> {
  const response = await worker.fetch('/api/v1/attachments', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
      ...headers,
    },
    body: bytes as BodyInit,
  });
  return { status: response.status, body: await response.json() };
}

export const sha256Hex = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Names of the objects that lie in storage. */
export async function storedKeys(worker: TestWorker): Promise<string[]> {
  const bucket = (await worker.env()).ATTACHMENTS as { list(): Promise<{ objects: { key: string }[] }> };
  return (await bucket.list()).objects.map(({ key }) => key);
}
