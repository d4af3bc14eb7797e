import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createIdSource } from './id-source.ts';
import { idToUuid, newId } from './ids.ts';

const COUNT = 100_000;
const NOW = Date.UTC(2026, 10, 25);
const HOUR = 3_600_000;
const random = (bytes: Uint8Array) => {
  webcrypto.getRandomValues(bytes);
  return bytes;
};

describe('an id source', () => {
  it.each([
    ['under a frozen clock', () => NOW],
    ['when the clock jumps back an hour', (at: number) => (at < COUNT / 2 ? NOW : NOW - HOUR)],
    ['under a clock with fractions', (at: number) => NOW + (at % 10) / 10],
  ])('gives 100,000 distinct, strictly increasing ids %s, as text and as bytes', (_, clock) => {
    let at = 0;
    const ids = createIdSource({ now: () => clock(at++), random });
    let last = { text: '', bytes: '' };
    for (let made = 0; made < COUNT; made += 1) {
      const text = newId(ids, 'tkt');
      const next = { text, bytes: idToUuid(text) };
      if (next.text <= last.text || next.bytes <= last.bytes) expect.fail(`${text} after ${last.text} at ${made}`);
      last = next;
    }
  });

  it('starts the counter below 2³¹, so that it has room for as many more', () => {
    const ids = createIdSource({ now: () => NOW, random: (bytes) => bytes.fill(0xff) });
    expect(ids.nextUuid()).toBe(`${hexOfMs(NOW)}-77ff-bfff-ffffffffffff`);
  });

  it('holds the millisecond, version 7 and the variant of RFC 9562; the counter stands before the random bits', () => {
    const zero = createIdSource({ now: () => NOW, random: (bytes) => bytes.fill(0) });
    expect(zero.nextUuid()).toBe(`${hexOfMs(NOW)}-7000-8000-000000000000`);
    expect(zero.nextUuid()).toBe(`${hexOfMs(NOW)}-7000-8000-040000000000`);
  });
});

function hexOfMs(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
