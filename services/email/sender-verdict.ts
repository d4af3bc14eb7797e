import { type MailHeader, valuesOf } from './read-headers.ts';

/** Whether the sender is who the mail says: proved by its domain, disproved, or neither. */
export type SenderVerdict = 'pass' | 'fail' | 'none';

interface MethodResult {
  method: string;
  result: string;
  /** `header.from` and the like, lower case. */
  properties: Readonly<Record<string, string>>;
}

/**
 * The verdict of our own mail exchanger, which writes the topmost `Authentication-Results` under its id (RFC 8601 §5);
 * the same field below it or under another id may be forged and is not read. DMARC decides; without it a DKIM signature
 * of the very domain of From does. A valid ARC chain makes a failure unknown and nothing a pass.
 * @param sender the only address in From, null when there is none or more than one, which is a failure.
 */
export function senderVerdict(
  headers: readonly MailHeader[],
  sender: string | null,
  authservId: string,
): SenderVerdict {
  if (sender === null) return 'fail';
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const [topmost] = valuesOf(headers, 'authentication-results');
  const results = topmost === undefined ? [] : resultsOf(topmost, authservId.toLowerCase());
  const dmarc = results.filter(({ method }) => method === 'dmarc');
  if (dmarc.some(({ result, properties }) => result === 'pass' && properties['header.from'] === domain)) return 'pass';
  if (dmarc.some(({ result }) => result === 'fail')) {
    return results.some(({ method, result }) => method === 'arc' && result === 'pass') ? 'none' : 'fail';
  }
  if (dmarc.length > 0) return 'none';
  const signed = results.some(
    ({ method, result, properties }) => method === 'dkim' && result === 'pass' && properties['header.d'] === domain,
  );
  return signed ? 'pass' : 'none';
}

/** `authserv-id [version]; method=result [property=value …]; …` */
function resultsOf(value: string, authservId: string): MethodResult[] {
  const [head = '', ...parts] = withoutComments(value).split(';');
  if (head.trim().toLowerCase().split(/\s+/)[0] !== authservId) return [];
  return parts.flatMap((part) => {
    const pairs = [...part.matchAll(/([a-z0-9.-]{1,64})\s{0,8}=\s{0,8}("[^"]{0,998}"|[^\s"]{1,998})/gi)].map(
      ([, name = '', text = '']) => [name.toLowerCase(), text.replaceAll('"', '').toLowerCase()] as const,
    );
    const [first, ...properties] = pairs;
    return first === undefined
      ? []
      : [{ method: first[0], result: first[1], properties: Object.fromEntries(properties) }];
  });
}

/** Comments may nest and hold anything (RFC 5322 §3.2.2); a semicolon inside one or inside quotes parts nothing. */
function withoutComments(value: string): string {
  let depth = 0;
  let quoted = false;
  let out = '';
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at] ?? '';
    if (char === '\\') at += 1;
    else if (char === '"' && depth === 0) quoted = !quoted;
    else if (char === '(' && !quoted) depth += 1;
    else if (char === ')' && !quoted) depth = Math.max(0, depth - 1);
    else if (depth === 0 && !(quoted && char === ';')) out += char;
  }
  return out;
}
