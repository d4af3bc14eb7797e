import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeParam, readArray } from './postgres-text.ts';

test('an array of any texts is read back as it was written', () => {
  const texts = fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null }), { maxLength: 8 });
  fc.assert(
    fc.property(texts, (all) => {
      expect(readArray(encodeParam(all) ?? '')).toEqual(all);
    }),
  );
});

test('Postgres leaves simple elements without quotes', () => {
  expect(readArray('{a,NULL,"NULL","b,c"}')).toEqual(['a', null, 'NULL', 'b,c']);
  expect(readArray('{}')).toEqual([]);
});
