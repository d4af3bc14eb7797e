const MOST_BYTES = 16 * 1024;

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** What the audit keeps of a change: at most 16 KiB, of more the longest values are cut first and say so. */
export function fittingChanges(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = { ...changes };
  const longestFirst = Object.keys(changes).sort((a, b) => bytesOf(changes[b]) - bytesOf(changes[a]));
  for (const field of longestFirst) {
    if (bytesOf(kept) <= MOST_BYTES) break;
    kept[field] = { truncated: true };
  }
  return kept;
}
