import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';
import { cutText, storableText } from '#services/inbound/storable-text.ts';
import { htmlText } from './html-text.ts';
import { type MailFacts, mailFacts } from './mail-facts.ts';

const MOST_NESTING = 32;
const BODY_MAX = 100_000;
const MOST_NAMED_FILES = 50;

export interface ReadMail {
  facts: MailFacts;
  sha256: Uint8Array;
  /** Null when the mail could not be parsed. */
  content: { text: string; files: string[] } | null;
}

/** A raw mail in parts. What cannot be parsed, because it is no mail or is nested too deeply, has no content. */
export async function readMail(raw: Uint8Array): Promise<ReadMail> {
  const facts = mailFacts(raw);
  const sha256 = createHash('sha256').update(raw).digest();
  if (facts.headers.length === 0) return { facts, sha256, content: null };
  try {
    const { text, html, attachments } = await PostalMime.parse(raw, { maxNestingDepth: MOST_NESTING });
    const body = text?.trim() ? text : htmlText(html ?? '');
    const files = attachments
      .slice(0, MOST_NAMED_FILES)
      .map(({ filename, mimeType }) => storableText(filename ?? mimeType).slice(0, 255));
    return { facts, sha256, content: { text: cutText(storableText(body).trim(), BODY_MAX), files } };
  } catch {
    return { facts, sha256, content: null };
  }
}
