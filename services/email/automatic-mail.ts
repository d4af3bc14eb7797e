import { firstOf, type MailHeader } from './read-headers.ts';

const ANSWERING = ['x-autoreply', 'x-autorespond', 'x-auto-reply'];
const BULK = new Set(['bulk', 'junk', 'list', 'auto_reply']);
const ROBOTS = /^(mailer-daemon|postmaster)@/;

/**
 * Whether a machine wrote it (RFC 3834): `answer` for what answers a mail by itself, which could answer ours for ever;
 * `notice` for lists, bulk and generated mail; null for a person's.
 * @param envelopeFrom as the sending server said it, empty for `<>`.
 */
export function automaticMail(
  headers: readonly MailHeader[],
  envelopeFrom: string,
  sender: string | null,
): 'answer' | 'notice' | null {
  const submitted = (firstOf(headers, 'auto-submitted') ?? 'no').split(/[\s;(]/)[0]?.toLowerCase() ?? 'no';
  const answers = submitted === 'auto-replied' || ANSWERING.some((name) => firstOf(headers, name) !== undefined);
  if (answers || envelopeFrom === '' || envelopeFrom === '<>') return 'answer';
  const precedence = (firstOf(headers, 'precedence') ?? '').trim().toLowerCase();
  if (submitted !== 'no' || BULK.has(precedence) || firstOf(headers, 'list-id') !== undefined) return 'notice';
  return ROBOTS.test(sender ?? '') ? 'notice' : null;
}
