const MOST_BYTES = 255;
/** Control characters, and those that turn the direction of text, which make `gpj.exe` look like a picture. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A name as it is kept: the last part of a path in NFC, without what cannot be seen and leading dots, at most 255 bytes. */
export function cleanFilename(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const seen = last
    .replace(UNSEEN, '')
    .trim()
    .replace(/^[.\s]+/, '');
  return cut(seen === '' ? 'file' : seen);
}

/** Shortened before its extension, by whole characters. */
function cut(name: string): string {
  if (bytesOf(name) <= MOST_BYTES) return name;
  const extension = /\.[\w-]{1,20}$/.exec(name)?.[0] ?? '';
  const stem = [...name.slice(0, name.length - extension.length)];
  while (bytesOf(stem.join('')) + bytesOf(extension) > MOST_BYTES) stem.pop();
  return stem.join('') + extension;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/**
 * The filename of a `Content-Disposition` (RFC 6266): `filename*` before `filename`, whose raw UTF-8 is understood though
 * headers are Latin-1. Undefined when the header names none.
 */
export function dispositionFilename(header: string): string | undefined {
  const extended = /(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) return utf8(percentBytes(extended));
  const quoted = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(header);
  const plain = quoted?.[1]?.replaceAll(/\\(.)/g, '$1') ?? quoted?.[2];
  if (plain === undefined || plain === '') return undefined;
  const bytes = Buffer.from(plain, 'latin1');
  const decoded = utf8(bytes);
  return [...plain].some((character) => character > '\u00ff') || decoded.includes('\ufffd') ? plain : decoded;
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes);

const percentBytes = (text: string): Uint8Array =>
  Buffer.from(
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** How an answer names a file (RFC 6266, RFC 8187). */
export function contentDisposition(kind: 'attachment' | 'inline', filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(filename).replaceAll(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
