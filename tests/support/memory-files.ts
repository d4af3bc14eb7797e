import type { FileStore } from '#services/storage/file-store.ts';

export interface MemoryFiles extends FileStore {
  objects: Map<string, Uint8Array>;
}

const PIECE_BYTES = 1000;

/** Files in memory, read in small pieces, so that what is cut anywhere is put together again. */
export function memoryFiles(pieceBytes = PIECE_BYTES): MemoryFiles {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    async write(key, bytes, sizeBytes) {
      const whole = new Uint8Array(await new Response(bytes as BodyInit).arrayBuffer());
      if (whole.length !== sizeBytes) throw new Error(`${whole.length} bytes came, not ${sizeBytes}`);
      objects.set(key, whole);
    },
    async read(key, range) {
      const whole = objects.get(key);
      if (whole === undefined) return undefined;
      const part = range === undefined ? whole : whole.subarray(range.offset, range.offset + range.length);
      let at = 0;
      return new ReadableStream({
        pull(controller) {
          if (at >= part.length) return controller.close();
          controller.enqueue(part.slice(at, at + pieceBytes));
          at += pieceBytes;
        },
      });
    },
    async delete(keys) {
      for (const key of keys) objects.delete(key);
    },
    async list(prefix) {
      return { keys: [...objects.keys()].filter((key) => key.startsWith(prefix)), next: undefined };
    },
  };
}
