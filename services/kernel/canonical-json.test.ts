import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test('the example of RFC 8785 section 3.2.2 comes out byte for byte', () => {
  const input = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`);
  expect(canonicalJson(input)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('members are sorted by UTF-16 code units, as in RFC 8785 section 3.2.3', () => {
  const input = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
  expect(Object.values(JSON.parse(canonicalJson(input)))).toHaveLength(7);
  expect([...canonicalJson(input).matchAll(/:(\d)/g)].map((match) => Number(match[1]))).toEqual([2, 4, 6, 7, 1, 5, 3]);
});

test('minus zero is zero and an undefined member is absent', () => {
  expect(canonicalJson({ b: -0, a: undefined })).toBe('{"b":0}');
});

test('the order in which members were written does not matter', () => {
  expect(canonicalJson({ x: [{ b: 1, a: 2 }], a: {} })).toBe(canonicalJson({ a: {}, x: [{ a: 2, b: 1 }] }));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, new Date(0), [undefined], '\ud800', { '\udc00': 1 }, () => 0])(
  'what JSON cannot hold exactly is refused: %s',
  (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  },
);
