import { isLocalTarget, type TargetPolicy } from './target-policy.ts';

/** The rules that an address of a target can break; the name is told to whoever typed it. */
export const URL_RULES = [
  'not_a_url',
  'too_long',
  'scheme',
  'user_info',
  'fragment',
  'port',
  'address_literal',
  'single_label',
  'reserved_name',
  'own_host',
  'denied_host',
] as const;

export type UrlRule = (typeof URL_RULES)[number];

export const MAX_URL_CHARACTERS = 2048;

/** Of a name in the DNS (RFC 1035 §2.3.4), as it is written. */
const MAX_HOST_CHARACTERS = 253;

const PORTS = ['', '8443'];

/** Names that never lead to a public host: special-use domains (RFC 6761, 6762, 7686, 8375, 9476) and private habits. */
const RESERVED = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'home.arpa',
  'arpa',
  'test',
  'example',
  'invalid',
  'onion',
  'svc',
  'cluster.local',
];

/**
 * The first rule that `text` breaks as a target, judged on the WHATWG parse, as `fetch` will read it; `undefined` for a
 * good one. On save and again before each request: both the rule and the deployment may have changed.
 */
export function brokenUrlRule(text: string, policy: TargetPolicy): UrlRule | undefined {
  if (text.length > MAX_URL_CHARACTERS) return 'too_long';
  if (!URL.canParse(text)) return 'not_a_url';
  const url = new URL(text);
  if (isLocalTarget(url, policy)) return undefined;
  if (url.protocol !== 'https:') return 'scheme';
  if (url.username !== '' || url.password !== '') return 'user_info';
  if (text.includes('#')) return 'fragment';
  if (!PORTS.includes(url.port)) return 'port';
  return brokenHostRule(url.hostname.replace(/\.$/, ''), policy);
}

function brokenHostRule(host: string, policy: TargetPolicy): UrlRule | undefined {
  if (host.length > MAX_HOST_CHARACTERS) return 'too_long';
  const labels = host.split('.');
  // The parse has already written every notation of an address as a dotted or bracketed one.
  if (host.startsWith('[') || /^\d+$/.test(labels.at(-1) ?? '')) return 'address_literal';
  if (RESERVED.some((name) => isWithin(host, name))) return 'reserved_name';
  if (labels.length < 2 || labels.includes('')) return 'single_label';
  if (policy.ownHosts.some((own) => isWithin(host, own))) return 'own_host';
  if (policy.deniedHosts.some((denied) => isWithin(host, denied))) return 'denied_host';
  return undefined;
}

const isWithin = (host: string, name: string): boolean => host === name || host.endsWith(`.${name}`);
