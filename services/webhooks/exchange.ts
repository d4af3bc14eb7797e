import type { CallResult } from '#services/outbound/call-out.ts';

const MOST_BODY_CHARACTERS = 2048;
const MOST_HEADER_BYTES = 900;
const SHORTEST_MASKED = 4;
const MASK = '•••';

/**
 * What is kept of an answer: the beginning of its body, a kibibyte of its headers. Values that are ours alone are masked
 * where the receiver echoed them. NUL and half surrogate pairs, which Postgres does not store, become U+FFFD.
 */
export function keptOf(
  result: CallResult,
  secrets: readonly string[],
): { response_headers: Record<string, string> | null; response_body: string | null } {
  if (result.kind !== 'answered') return { response_headers: null, response_body: null };
  const kept: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of result.headers) {
    if (name === 'set-cookie') continue;
    const shown = storable(masked(value, secrets));
    bytes += Buffer.byteLength(JSON.stringify([name, shown]));
    if (bytes > MOST_HEADER_BYTES) break;
    kept[name] = shown;
  }
  return {
    response_headers: kept,
    response_body: storable(masked(result.body, secrets).slice(0, MOST_BODY_CHARACTERS)),
  };
}

/** As they were sent, without blanks around them; one that the end of what was read cut off is masked as far as it goes. */
const masked = (text: string, secrets: readonly string[]): string =>
  secrets
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= SHORTEST_MASKED)
    .reduce((shown, secret) => withoutHead(shown.replaceAll(secret, MASK), secret), text);

function withoutHead(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= SHORTEST_MASKED; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + MASK;
  return text;
}

const storable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();
