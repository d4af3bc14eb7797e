import { createHash } from 'node:crypto';
import { addressParser, decodeWords } from 'postal-mime';
import { normalizeEmail } from '#schema/email-address.ts';
import { storableLine } from '#services/inbound/storable-text.ts';
import { firstOf, type MailHeader, readHeaders, valuesOf } from './read-headers.ts';

const WIRE_ID = /<[^<>\s]{1,900}>/g;
const MOST_REFERENCES = 50;
const WIRE_ID_BYTES = 998;
const SUBJECT_MAX = 998;
const NAME_MAX = 200;

/** What the header of a mail says, read alike by the door and by the consumer. Nothing in it is proved. */
export interface MailFacts {
  /** Under which it is stored once: SHA-256 of Message-ID, From, Date and Subject; of all bytes when it has no Message-ID. */
  key: string;
  /** With its angle brackets, as on the wire. */
  messageId: string | null;
  /** Null unless exactly one address stands in exactly one From. */
  from: { email: string; name: string | null } | null;
  subject: string;
  /** Ids of the mails it answers, the nearest last: References, then In-Reply-To. */
  references: string[];
  headers: MailHeader[];
}

/** @param raw the mail as it came. Never throws: a mail that is no mail has empty facts. */
export function mailFacts(raw: Uint8Array): MailFacts {
  const headers = readHeaders(raw);
  const text = (name: string): string => firstOf(headers, name) ?? '';
  const messageId = wireIds(text('message-id')).at(0) ?? null;
  const identity = JSON.stringify([messageId, text('from'), text('date'), text('subject')]);
  const answered = [...valuesOf(headers, 'references'), ...valuesOf(headers, 'in-reply-to')].flatMap(wireIds);
  return {
    key: createHash('sha256')
      .update(messageId === null ? raw : identity)
      .digest('hex'),
    messageId,
    from: senderOf(valuesOf(headers, 'from')),
    subject: storableLine(decodeWords(text('subject')), SUBJECT_MAX),
    references: lastOfEach(answered).slice(-MOST_REFERENCES),
    headers,
  };
}

const wireIds = (text: string): string[] =>
  (storableLine(text, 64 * 1024).match(WIRE_ID) ?? []).filter((id) => Buffer.byteLength(id) <= WIRE_ID_BYTES);

/** Each id once, at its nearest place. */
const lastOfEach = (ids: readonly string[]): string[] => [...new Set(ids.toReversed())].toReversed();

function senderOf(fields: readonly string[]): MailFacts['from'] {
  const mailboxes = fields.flatMap((field) => addressParser(field, { flatten: true }));
  const [only, ...others] = mailboxes;
  if (fields.length !== 1 || only === undefined || others.length > 0) return null;
  const email = normalizeEmail(only.address ?? '');
  return email === undefined ? null : { email, name: storableLine(only.name, NAME_MAX) || null };
}
