/** An address as a number of 32 or 128 bits: ranges are compared as numbers, never by pattern. */
export interface IpAddress {
  version: 4 | 6;
  value: bigint;
}

/** Reads the textual forms of RFC 4291 §2.2 and dotted IPv4; `undefined` for anything else, zone ids included. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const value = text.includes(':') ? ipv6Value(text) : ipv4Value(text);
  return value === undefined ? undefined : { version: text.includes(':') ? 6 : 4, value };
}

function ipv4Value(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6Value(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const groups = tail === undefined ? head : filled(head, tail);
  return groups.length === 8 ? groups.reduce((value, group) => (value << 16n) | group, 0n) : undefined;
}

/** 16-bit groups; a dotted IPv4 at the end counts as two. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    const dotted = at === parts.length - 1 && part.includes('.') ? ipv4Value(part) : undefined;
    if (dotted !== undefined) groups.push(dotted >> 16n, dotted & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

const filled = (head: readonly bigint[], tail: readonly bigint[]): bigint[] => [
  ...head,
  ...Array.from({ length: Math.max(1, 8 - head.length - tail.length) }, () => 0n),
  ...tail,
];
