import { parseIpAddress } from '#services/outbound/ip-address.ts';

/** A CIDR range (RFC 4632, RFC 4291 §2.3) as numbers. */
export interface IpRange {
  version: 4 | 6;
  first: bigint;
  bits: number;
}

const V4_BITS = 32;
const V6_BITS = 128;
/** `::ffff:0:0/96`: an IPv4 address in the clothes of IPv6 counts as the IPv4 one. */
const MAPPED_BITS = 96;
const MAPPED = 0xffffn;

/** An address or a range without bits beyond its length; `undefined` for anything else. */
export function parseIpRange(text: string): IpRange | undefined {
  const match = /^([0-9a-fA-F:.]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  const address = parseIpAddress(match?.[1] ?? '');
  if (address === undefined) return undefined;
  const width = address.version === 4 ? V4_BITS : V6_BITS;
  const bits = match?.[2] === undefined ? width : Number(match[2]);
  if (bits > width || address.value % (1n << BigInt(width - bits)) !== 0n) return undefined;
  const mapped = address.version === 6 && bits >= MAPPED_BITS && address.value >> 32n === MAPPED;
  return mapped
    ? { version: 4, first: address.value & 0xffffffffn, bits: bits - MAPPED_BITS }
    : { version: address.version, first: address.value, bits };
}

/** As Postgres writes it: the shortest form (RFC 5952), always with its length. */
export const formatIpRange = ({ version, first, bits }: IpRange): string =>
  `${version === 4 ? dotted(first) : colons(first)}/${bits}`;

/** Whether every address of `inner` lies in `outer`. */
export function containsRange(outer: IpRange, inner: IpRange): boolean {
  if (outer.version !== inner.version || outer.bits > inner.bits) return false;
  const free = BigInt((outer.version === 4 ? V4_BITS : V6_BITS) - outer.bits);
  return inner.first >> free === outer.first >> free;
}

const dotted = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');

function colons(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const text = groups.join(':');
  const runs = [...text.matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)];
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const [head, tail] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${head.replace(/:$/, '')}::${tail.replace(/^:/, '')}`;
}
