import { sniffZip } from './sniff-zip.ts';

/** What is looked at of a file. */
export const SNIFFED_BYTES = 4096;

export interface Sniffed {
  /** As its bytes say; undefined for binary that none of the rules knows. */
  contentType: string | undefined;
  /** Machine code, or text that names its interpreter: refused whatever an administrator allows. */
  executable: boolean;
}

const known = (contentType: string): Sniffed => ({ contentType, executable: false });
const UNKNOWN: Sniffed = { contentType: undefined, executable: false };
const EXECUTABLE: Sniffed = { contentType: undefined, executable: true };

/** Hex of the first bytes → type. */
const MAGIC: readonly (readonly [prefix: string, type: string])[] = [
  ['89504e470d0a1a0a', 'image/png'],
  ['ffd8ff', 'image/jpeg'],
  ['474946383761', 'image/gif'],
  ['474946383961', 'image/gif'],
  ['255044462d', 'application/pdf'],
  ['1f8b08', 'application/gzip'],
  ['377abcaf271c', 'application/x-7z-compressed'],
  ['4f67675300', 'audio/ogg'],
  ['494433', 'audio/mpeg'],
];

/** ELF, Mach-O of both widths and orders, and what fat Mach-O shares with Java classes. */
const MACHINE_CODE = ['7f454c46', 'feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'];

/** Word, Excel, PowerPoint and Outlook share one container with installers; only the name tells them apart. */
const OLE = 'd0cf11e0a1b11ae1';
const OLE_TYPES: Readonly<Record<string, string>> = {
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  msg: 'application/vnd.ms-outlook',
};

/**
 * The type of a file by its first bytes, in the spirit of the WHATWG MIME Sniffing Standard. Markup and scripts are text,
 * so nothing that a browser would run ever comes back under a type of its own.
 * @param head at most `SNIFFED_BYTES`. @param whole that there is no more.
 */
export function sniffType(head: Uint8Array, whole: boolean, filename: string): Sniffed {
  const hex = Buffer.from(head.subarray(0, 16)).toString('hex');
  if (MACHINE_CODE.some((prefix) => hex.startsWith(prefix))) return EXECUTABLE;
  const match = MAGIC.find(([prefix]) => hex.startsWith(prefix));
  if (match !== undefined) return known(match[1]);
  const latin = Buffer.from(head).toString('latin1');
  if (hex.startsWith('504b0304') || hex.startsWith('504b0506')) return known(sniffZip(head, latin, filename));
  if (latin.startsWith('RIFF')) return riff(latin.slice(8, 12));
  if (latin.slice(4, 8) === 'ftyp') return isoMedia(latin);
  if (hex.startsWith('1a45dfa3')) return latin.slice(0, 64).includes('webm') ? known('video/webm') : UNKNOWN;
  if (/^\xff[\xfb\xfa\xf3\xf2]/.test(latin)) return known('audio/mpeg');
  if (hex.startsWith(OLE)) {
    const type = OLE_TYPES[/\.(\w+)$/.exec(filename.toLowerCase())?.[1] ?? ''];
    return type === undefined ? UNKNOWN : known(type);
  }
  const text = textOf(head, whole);
  if (text === undefined) return latin.startsWith('MZ') ? EXECUTABLE : UNKNOWN;
  if (text.startsWith('#!')) return EXECUTABLE;
  return known(isMail(text) ? 'message/rfc822' : 'text/plain');
}

function riff(form: string): Sniffed {
  const type = { WEBP: 'image/webp', WAVE: 'audio/wav' }[form];
  return type === undefined ? UNKNOWN : known(type);
}

/** ISO/IEC 14496-12: the major brand, and for pictures the compatible ones too. */
function isoMedia(latin: string): Sniffed {
  const boxBytes = Buffer.from(latin.slice(0, 4), 'latin1').readUInt32BE();
  const brand = latin.slice(8, 12);
  const brands = latin.slice(8, Math.min(boxBytes, 256));
  if (/^avi[fs]$/.test(brand) || (/^m[is]f1$/.test(brand) && brands.includes('avif'))) return known('image/avif');
  if (/^(?:hei[cxms]|hev[cx]|m[is]f1)$/.test(brand)) return known('image/heic');
  if (brand === 'qt  ') return known('video/quicktime');
  if (/^M4[AB] $/.test(brand)) return known('audio/mp4');
  return /^(?:isom|iso[2-9]|mp4[12]|avc1|dash|M4V |MSNV|3gp.)$/.test(brand) ? known('video/mp4') : UNKNOWN;
}

/** WHATWG MIME Sniffing §3: bytes that no text holds. Escape is not among them: logs are in colour. */
const isBinary = (byte: number): boolean =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f);
/** The longest UTF-8 sequence may be cut off behind its first three bytes. */
const CUT_BYTES = 3;

/** The text that the bytes are in UTF-8; undefined when they are none. */
function textOf(head: Uint8Array, whole: boolean): string | undefined {
  if (head.some(isBinary)) return undefined;
  const text = new TextDecoder('utf-8').decode(head);
  const end = whole ? text : text.replace(new RegExp(`\ufffd{1,${CUT_BYTES}}$`), '');
  return end.includes('\ufffd') ? undefined : end;
}

/** Header fields first (RFC 5322), at least two, and one that only mail has. */
const isMail = (text: string): boolean =>
  /^(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2}/.test(text) &&
  /^(?:From|Received|Return-Path|Message-ID|MIME-Version):/im.test(text.split(/\r?\n\r?\n/, 1)[0] ?? '');
