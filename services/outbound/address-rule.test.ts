import { expect, test } from 'vitest';
import { blockOf, GLOBAL_V6, isGlobalAddress, NOT_GLOBAL_V4, NOT_GLOBAL_V6 } from './address-rule.ts';
import { parseIpAddress } from './ip-address.ts';

const MAX = { 4: 2n ** 32n - 1n, 6: 2n ** 128n - 1n } as const;

function text(version: 4 | 6, value: bigint): string {
  const [parts, bits, base, mark] = version === 4 ? [4, 8n, 10, '.'] : [8, 16n, 16, ':'];
  const mask = (1n << BigInt(bits)) - 1n;
  return Array.from({ length: parts as number }, (_, i) =>
    ((value >> (BigInt(bits) * BigInt((parts as number) - 1 - i))) & mask).toString(base as number),
  ).join(mark as string);
}

const blocks = [...NOT_GLOBAL_V4, ...NOT_GLOBAL_V6].map((cidr) => [cidr, blockOf(cidr)] as const);
const inAnother = (version: number, value: bigint): boolean =>
  blocks.some(([, block]) => block.version === version && block.first <= value && value <= block.last);

test.each(blocks)('%s is refused at both edges and in the middle', (_, { version, first, last }) => {
  for (const value of [first, last, (first + last) / 2n]) expect(isGlobalAddress(text(version, value))).toBe(false);
});

test.each(blocks)('the public neighbours of %s pass', (_, { version, first, last }) => {
  const neighbours = [first - 1n, last + 1n].filter(
    (value) => value >= 0n && value <= MAX[version] && !inAnother(version, value),
  );
  const inside = blockOf(GLOBAL_V6);
  for (const value of neighbours) {
    const expected = version === 4 || (inside.first <= value && value <= inside.last);
    expect([text(version, value), isGlobalAddress(text(version, value))]).toEqual([text(version, value), expected]);
  }
});

test.each([
  '::',
  '::1',
  '::ffff:8.8.8.8',
  '::8.8.8.8',
  '64:ff9b::808:808',
  '100::1',
  '1fff:ffff::',
  '4000::',
  '5f00::1',
  'fc00::1',
  'fd12::1',
  'fe80::1',
  'ff02::1',
])('%s lies outside global unicast', (address) => {
  expect(isGlobalAddress(address)).toBe(false);
});

test.each(['1.1.1.1', '8.8.8.8', '2606:4700:4700::1111', '2a00:1450:4001:800::200e', '2001:200::1'])(
  '%s is global',
  (address) => {
    expect(isGlobalAddress(address)).toBe(true);
  },
);

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'g::',
  'fe80::1%eth0',
  'host',
])('"%s" is no address', (address) => {
  expect(parseIpAddress(address)).toBeUndefined();
  expect(isGlobalAddress(address)).toBe(false);
});

test('every form of RFC 4291 §2.2 reads as the same number', () => {
  const forms = ['2001:db8:0:0:8:800:200c:417a', '2001:DB8::8:800:200C:417A', '2001:db8::8:800:32.12.65.122'];
  expect(new Set(forms.map((form) => parseIpAddress(form)?.value)).size).toBe(1);
});
