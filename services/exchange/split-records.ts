/** One line of a file, or one row of a CSV that may span lines. */
export interface FileRecord {
  /** Without its line end; null when it is longer than is read. */
  bytes: Uint8Array | null;
  /** The byte behind its line end, counted from the start of the stream. */
  end: number;
}

const MOST_RECORD_BYTES = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/**
 * Records of a stream, one at a time: never more of it is held than the chunk at hand and the record it cuts. Inside quotes
 * (RFC 4180) a line end belongs to the record. Whoever stops early ends the stream.
 */
export async function* splitRecords(
  stream: ReadableStream<Uint8Array>,
  { quoted }: { quoted: boolean },
): AsyncGenerator<FileRecord> {
  let held: Uint8Array[] = [];
  let size = 0;
  let inQuotes = false;
  let offset = 0;
  const hold = (piece: Uint8Array): void => {
    size += piece.length;
    if (size <= MOST_RECORD_BYTES) held.push(piece);
    else held = [];
  };
  const take = (end: number): FileRecord => {
    const whole = size > MOST_RECORD_BYTES ? null : Buffer.concat(held);
    held = [];
    size = 0;
    inQuotes = false;
    return { bytes: whole === null ? null : withoutReturn(whole), end };
  };
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    let from = 0;
    for (let i = 0; i < chunk.length; i += 1) {
      if (quoted && chunk[i] === QUOTE) inQuotes = !inQuotes;
      if (chunk[i] !== LF || inQuotes) continue;
      hold(chunk.subarray(from, i));
      from = i + 1;
      yield take(offset + from);
    }
    hold(chunk.subarray(from));
    offset += chunk.length;
  }
  if (size > 0) yield take(offset);
}

const withoutReturn = (bytes: Uint8Array): Uint8Array => (bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes);
