import { type IpAddress, parseIpAddress } from './ip-address.ts';

interface Block {
  version: 4 | 6;
  first: bigint;
  last: bigint;
}

/** IPv4 that is not globally reachable (IANA IPv4 Special-Purpose Address Registry), multicast and the future class E. */
export const NOT_GLOBAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Global unicast, outside of which nothing passes: loopback, mapped, NAT64, unique-local, link-local, multicast … */
export const GLOBAL_V6 = '2000::/3';

/** Inside global unicast, not globally reachable (IANA IPv6 Special-Purpose Address Registry). */
export const NOT_GLOBAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'] as const;

/** The first and last address of a CIDR block. @throws TypeError for text that is none. */
export function blockOf(cidr: string): Block {
  const [text = '', bits = ''] = cidr.split('/');
  const address = parseIpAddress(text);
  if (address === undefined) throw new TypeError(`not a CIDR block: ${cidr}`);
  const free = BigInt((address.version === 4 ? 32 : 128) - Number(bits));
  const first = (address.value >> free) << free;
  return { version: address.version, first, last: first | ((1n << free) - 1n) };
}

const refused = [...NOT_GLOBAL_V4, ...NOT_GLOBAL_V6].map(blockOf);
const globalV6 = blockOf(GLOBAL_V6);

/** Whether a request may go to this address. Text that is no address is not global. */
export function isGlobalAddress(text: string): boolean {
  const address = parseIpAddress(text);
  if (address === undefined || refused.some((block) => contains(block, address))) return false;
  return address.version === 4 || contains(globalV6, address);
}

const contains = ({ version, first, last }: Block, address: IpAddress): boolean =>
  version === address.version && first <= address.value && address.value <= last;
