import type { ErrorCode, Reason } from '../errors.ts';

/** What a reason means for the caller: the codes it comes with, and what to do. */
export interface ReasonEntry {
  codes: readonly [ErrorCode, ...ErrorCode[]];
  remedy: string;
}

export type ReasonGuide = Partial<Record<Reason, ReasonEntry>>;

/** Entries of one error code, or of several where one string has one meaning in more than one place. */
export const under =
  (...codes: [ErrorCode, ...ErrorCode[]]) =>
  (remedy: string): ReasonEntry => ({ codes, remedy });
