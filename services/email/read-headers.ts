const CR = 0x0d;
const LF = 0x0a;
/** No honest mail has more; what comes after is not read. */
const MOST_BYTES = 256 * 1024;

/** A header field: its name in lower case, its value unfolded (RFC 5322 §2.2.3) and otherwise as it came. */
export interface MailHeader {
  name: string;
  value: string;
}

/** The header block of a raw mail, in order, repeated fields included; lines that are no field are left out. */
export function readHeaders(raw: Uint8Array): MailHeader[] {
  const text = new TextDecoder().decode(raw.subarray(0, endOfHeaders(raw)));
  const headers: MailHeader[] = [];
  for (const line of text.split(/\r?\n/)) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.value = `${last.value} ${line.trim()}`.trim();
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && /^[!-9;-~]+$/.test(name)) headers.push({ name, value: line.slice(colon + 1).trim() });
  }
  return headers;
}

export const valuesOf = (headers: readonly MailHeader[], name: string): string[] =>
  headers.filter((header) => header.name === name).map(({ value }) => value);

export const firstOf = (headers: readonly MailHeader[], name: string): string | undefined =>
  headers.find((header) => header.name === name)?.value;

/** The first empty line, whether lines end in CRLF or in LF alone. */
function endOfHeaders(raw: Uint8Array): number {
  const most = Math.min(raw.length, MOST_BYTES);
  for (let at = 0; at < most; at += 1) {
    if (raw[at] !== LF) continue;
    const next = raw[at + 1] === CR ? at + 2 : at + 1;
    if (raw[next] === LF) return at;
  }
  return most;
}
