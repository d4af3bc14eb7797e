import { createHash } from 'node:crypto';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { type Clock, type SlaEventType, targetMs } from './clock.ts';
import type { SnapshotBook } from './snapshot-book.ts';

/** Names the arithmetic, so that a receipt says by which it can be checked. */
export const CALC_VERSION = 1;

/**
 * The next link of a clock's receipt: SHA-256 over the link before (32 bytes, none for the first) and the canonical JSON
 * (RFC 8785) of what an arithmetic event started from. Hex.
 */
export function nextLink(clock: Clock, type: SlaEventType, at: number, book: SnapshotBook): string {
  const { consumedMs, combine } = clock;
  const facts = { type, at, consumedMs, targetMs: targetMs(clock), snapshots: book.hashes(clock), combine };
  return createHash('sha256').update(Buffer.from(clock.inputsHash, 'hex')).update(canonicalJson(facts)).digest('hex');
}
