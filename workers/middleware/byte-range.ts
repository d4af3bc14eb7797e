import type { ByteRange } from '#services/storage/file-store.ts';

/**
 * One range of bytes (RFC 9110 §14.2). What is no single range in bytes is answered with the whole, as the standard allows;
 * `unsatisfiable` lies beyond the end.
 */
export function byteRangeOf(header: string | null, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { offset: sizeBytes - length, length };
  }
  const offset = Number(match[1]);
  const end = match[2] === '' ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1);
  if (offset >= sizeBytes) return 'unsatisfiable';
  return end < offset ? undefined : { offset, length: end - offset + 1 };
}
