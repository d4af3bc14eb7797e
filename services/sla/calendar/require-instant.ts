/** @throws RangeError: an instant that is no whole number of milliseconds is a bug of the caller, never bad input. */
export function requireInstant(instant: number): void {
  if (!Number.isSafeInteger(instant)) throw new RangeError(`not a whole millisecond: ${instant}`);
}

export function requireRange(from: number, to: number): void {
  requireInstant(from);
  requireInstant(to);
  if (from > to) throw new RangeError(`the range ends before it begins: ${from} > ${to}`);
}
