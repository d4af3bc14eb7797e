/**
 * A set of half-open intervals as its boundaries in strictly increasing order: [from, to, from, to …]. Empty and touching
 * intervals cannot be written, so equal sets are equal lists.
 */
export type Spans = readonly number[];

export const NO_SPANS: Spans = [];

/** Truth tables: bit 1 is inside the first set only, bit 2 inside the second only, bit 3 inside both. */
const IN_EITHER = 0b1110;
const IN_FIRST_ONLY = 0b0010;
const IN_BOTH = 0b1000;

export const union = (a: Spans, b: Spans): Spans => {
  if (a.length === 0 || a === b) return b;
  return b.length === 0 ? a : sweep(a, b, IN_EITHER);
};

export const subtract = (a: Spans, b: Spans): Spans =>
  a.length === 0 || b.length === 0 ? a : sweep(a, b, IN_FIRST_ONLY);

export const intersect = (a: Spans, b: Spans): Spans =>
  a.length === 0 || b.length === 0 ? NO_SPANS : sweep(a, b, IN_BOTH);

/** The union of pairs that may overlap, touch or be empty, in any order. */
export function spansOf(pairs: readonly (readonly [from: number, to: number])[]): Spans {
  const spans: number[] = [];
  for (const [from, to] of [...pairs].sort(([a], [b]) => a - b)) appendSpan(spans, from, to);
  return spans;
}

/** Adds an interval that begins no earlier than the last one; what touches is joined, what is empty is dropped. */
export function appendSpan(spans: number[], from: number, to: number): void {
  const end = spans.length === 0 ? Number.NEGATIVE_INFINITY : (spans[spans.length - 1] as number);
  if (to <= from || to <= end) return;
  if (from <= end) spans[spans.length - 1] = to;
  else spans.push(from, to);
}

/** What lies in `[from, to)`, counted from `from`. Spans that lie wholly inside or outside, as most do, are not swept. */
export function sliceSpans(spans: Spans, from: number, to: number): Spans {
  if (spans.length === 0) return spans;
  const [first, last] = [spans[0] as number, spans[spans.length - 1] as number];
  if (last <= from || first >= to) return NO_SPANS;
  const inside = first >= from && last <= to ? spans : intersect(spans, [from, to]);
  return from === 0 ? inside : inside.map((boundary) => boundary - from);
}

export function spansLength(spans: Spans): number {
  let length = 0;
  for (let i = 0; i < spans.length; i += 2) length += (spans[i + 1] as number) - (spans[i] as number);
  return length;
}

/** One pass over all boundaries; an odd number of a set's boundaries passed means inside it. */
function sweep(a: Spans, b: Spans, kept: number): Spans {
  const spans: number[] = [];
  let i = 0;
  let j = 0;
  let inside = 0;
  while (i < a.length || j < b.length) {
    const nextA = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    const nextB = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    const at = Math.min(nextA, nextB);
    if (nextA === at) i++;
    if (nextB === at) j++;
    const now = (kept >> ((i & 1) | ((j & 1) << 1))) & 1;
    if (now !== inside) spans.push(at);
    inside = now;
  }
  return spans;
}
