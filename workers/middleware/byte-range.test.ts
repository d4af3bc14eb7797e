import { expect, test } from 'vitest';
import { byteRangeOf } from './byte-range.ts';

test.each([
  ['bytes=0-4', { offset: 0, length: 5 }],
  ['bytes=5-', { offset: 5, length: 5 }],
  ['bytes=5-500', { offset: 5, length: 5 }],
  ['bytes=-3', { offset: 7, length: 3 }],
  ['bytes=-300', { offset: 0, length: 10 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=4-2', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,4-5', undefined],
  ['lines=0-1', undefined],
  [null, undefined],
])('of ten bytes, %s asks for %j', (header, range) => {
  expect(byteRangeOf(header, 10)).toEqual(range);
});
