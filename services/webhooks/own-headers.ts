const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const PRINTABLE = /^[\x20-\x7e]{1,1024}$/;
const RESERVED = [
  'host',
  'connection',
  'transfer-encoding',
  'te',
  'upgrade',
  'trailer',
  'expect',
  'cookie',
  'keep-alive',
  'user-agent',
];
const RESERVED_STARTS = ['content-', 'webhook-', 'mallard-', 'cf-', 'x-forwarded-', 'proxy-'];

/** Why a header of the endpoint's own may not be sent; `undefined` when it may. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return 'A header name is a token of RFC 9110, at most 100 characters.';
  const lower = name.toLowerCase();
  if (RESERVED.includes(lower) || RESERVED_STARTS.some((start) => lower.startsWith(start)))
    return `The header ${lower} is ours to set.`;
  return PRINTABLE.test(value) ? undefined : 'A header value is 1 to 1,024 printable ASCII characters.';
}
