import type { IdSource } from './ids.ts';
import { dashed } from './typeid.ts';

const MAX_COUNTER = 0xffffffff;

/**
 * UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, a 32-bit counter in `rand_a` and the top of `rand_b`, 42 random bits.
 * A new millisecond starts the counter at random below 2³¹; within one, or when the clock went back, it counts on.
 */
export function createIdSource(source: { now: () => number; random: (bytes: Uint8Array) => Uint8Array }): IdSource {
  let last = -1;
  let counter = 0;
  return {
    nextUuid() {
      const bytes = source.random(new Uint8Array(16));
      const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
      const now = Math.floor(source.now());
      if (now > last) {
        last = now;
        counter = view.getUint32(0) & 0x7fffffff;
      } else if (counter === MAX_COUNTER) {
        last += 1;
        counter = 0;
      } else {
        counter += 1;
      }
      const tail = ((counter & 0xfffff) << 10) | (view.getUint16(8) & 0x3ff);
      view.setUint16(0, Math.floor(last / 0x100000000));
      view.setUint32(2, last >>> 0);
      view.setUint16(6, 0x7000 | (counter >>> 20));
      view.setUint32(8, ((tail | 0x80000000) & 0xbfffffff) >>> 0);
      return dashed(hexOf(bytes));
    },
  };
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
