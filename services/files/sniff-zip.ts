const NAME_AT = 30;
const NAME_LENGTH_AT = 26;

/** Folders of Office Open XML (ECMA-376), by which its parts are told. */
const OFFICE: readonly (readonly [folder: string, extension: string, type: string])[] = [
  ['word/', '.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xl/', '.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['ppt/', '.pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
];

/**
 * What a zip holds: OpenDocument says so in its first entry, Office by the names of its first ones, or by its own name where
 * the part that tells lies further behind. Others are archives.
 */
export function sniffZip(head: Uint8Array, latin: string, filename: string): string {
  const bytes = Buffer.from(head);
  const nameLength = bytes.length > NAME_AT ? bytes.readUInt16LE(NAME_LENGTH_AT) : 0;
  const first = latin.slice(NAME_AT, NAME_AT + nameLength);
  if (first === 'mimetype') {
    const type = /^application\/vnd\.oasis\.opendocument\.[a-z-]+/.exec(latin.slice(NAME_AT + nameLength))?.[0];
    if (type !== undefined) return type;
  }
  if (!/^(?:\[Content_Types\]\.xml|_rels\/|docProps\/|word\/|xl\/|ppt\/)/.test(first)) return 'application/zip';
  const names = latin.split('PK\u0003\u0004').map((entry) => entry.slice(NAME_AT - 4));
  const office =
    OFFICE.find(([folder]) => names.some((name) => name.startsWith(folder))) ??
    OFFICE.find(([, extension]) => filename.toLowerCase().endsWith(extension));
  return office?.[2] ?? 'application/zip';
}
