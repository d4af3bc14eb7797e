import { ServiceError } from '#schema/errors.ts';

/** What stands where words were. */
export const REDACTED = '[redacted]';

export interface TextSpan {
  start: number;
  end: number;
}

/**
 * A text without the spans, which are in UTF-16 code units, and the words that they took; half a surrogate pair takes the
 * other half along. @throws ServiceError invalid_request for a span beyond the text.
 */
export function redactText(text: string, spans: readonly TextSpan[]): { text: string; taken: string[] } {
  const beyond = spans.findIndex(({ end }) => end > text.length);
  if (beyond >= 0) {
    const detail = `The text has ${text.length} characters.`;
    const errors = [{ in: 'body' as const, pointer: `/spans/${beyond}/end`, code: 'too_big', detail }];
    throw new ServiceError('invalid_request', detail, { errors });
  }
  const whole = joined(spans.map(({ start, end }) => ({ start: before(text, start), end: behind(text, end) })));
  let at = 0;
  let left = '';
  for (const { start, end } of whole) {
    left += text.slice(at, start) + REDACTED;
    at = end;
  }
  return { text: left + text.slice(at), taken: whole.map(({ start, end }) => text.slice(start, end)) };
}

/** In order, with what touches or overlaps as one. */
function joined(spans: readonly TextSpan[]): TextSpan[] {
  const out: TextSpan[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else out.push({ ...span });
  }
  return out;
}

const splitsPair = (text: string, at: number): boolean =>
  /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at));
const before = (text: string, at: number): number => (splitsPair(text, at) ? at - 1 : at);
const behind = (text: string, at: number): number => (splitsPair(text, at) ? at + 1 : at);
