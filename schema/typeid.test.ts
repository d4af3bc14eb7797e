import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { fromUUID } from 'typeid-js';
import { describe, expect, it } from 'vitest';
import { splitTypeid, suffixToUuid, uuidToSuffix } from './typeid.ts';

interface Vector {
  name: string;
  typeid: string;
}

const folder = new URL('../../shared/data/typeid/', import.meta.url);
const present = existsSync(folder);
const vectors = <T extends Vector>(file: string): T[] =>
  present ? JSON.parse(readFileSync(new URL(file, folder), 'utf8')) : [];
const unlessPresent = present ? '' : ' (skipped: ../shared/data/typeid is not there)';

describe.skipIf(!present)(`the official TypeID vectors${unlessPresent}`, () => {
  it('are all there', () => {
    expect([vectors('valid.json').length, vectors('invalid.json').length]).toEqual([9, 21]);
  });

  it.each(vectors<Vector & { prefix: string; uuid: string }>('valid.json'))('map both ways: $name', (vector) => {
    const parts = splitTypeid(vector.typeid);
    expect(parts?.prefix).toBe(vector.prefix);
    expect(suffixToUuid(parts?.suffix ?? '')).toBe(vector.uuid);
    expect(vector.typeid.endsWith(uuidToSuffix(vector.uuid) ?? 'no uuid')).toBe(true);
  });

  it.each(vectors('invalid.json'))('are refused: $name', ({ typeid }) => {
    expect(splitTypeid(typeid)).toBeUndefined();
  });
});

describe('base 32', () => {
  it('gives every 128-bit value one suffix, whatever its UUID version, and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const uuid = Buffer.from(bytes)
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
        const suffix = uuidToSuffix(uuid) ?? '';
        expect(suffix).toBe(fromUUID(uuid, ''));
        expect(suffixToUuid(suffix)).toBe(uuid);
      }),
    );
  });

  it('sorts as the bytes do', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect((uuidToSuffix(a) ?? '') < (uuidToSuffix(b) ?? '')).toBe(a < b);
      }),
    );
  });

  it.each([
    '',
    '01890a5dac96774bbcceb302099a8057',
    '{01890a5d-ac96-774b-bcce-b302099a8057}',
    '01890a5d-ac96-774b-bcce-b302099a8057\n',
    '01890a5d-ac96-774b-bcce-b302099a805g',
  ])('takes dashed hex only, so not %j', (text) => {
    expect(uuidToSuffix(text)).toBeUndefined();
  });

  it('takes hex of either case', () => {
    expect(uuidToSuffix('01890A5D-AC96-774B-BCCE-B302099A8057')).toBe('01h455vb4pex5vsknk084sn02q');
  });
});
