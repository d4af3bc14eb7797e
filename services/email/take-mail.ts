import { normalizeEmail } from '#schema/email-address.ts';
import type { ObjectStore } from '#services/inbound/object-store.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { admitMail } from './admit-mail.ts';
import { mailFacts } from './mail-facts.ts';
import { type ArrivedMail, rawKeyOf, storeMail } from './store-mail.ts';

/** Bytes of a whole mail; what Cloudflare's mail routing takes. */
export const MAIL_MAX_BYTES = 25 * 1024 * 1024;

export type MailReceipt = 'accepted' | 'unknown_recipient' | 'too_large';

/**
 * What the mail door does: two round trips, and nothing is acknowledged before bytes and row are stored. Whatever fails
 * is thrown, so that the sending server keeps the mail and tries again.
 */
export async function takeMail(
  kernel: Kernel,
  store: ObjectStore,
  mail: Omit<ArrivedMail, 'facts' | 'recipient'> & { to: string },
): Promise<MailReceipt> {
  const recipient = normalizeEmail(mail.to);
  if (recipient === undefined) return 'unknown_recipient';
  if (mail.raw.length > MAIL_MAX_BYTES) return 'too_large';
  const facts = mailFacts(mail.raw);
  const admission = await runSystemVerb(kernel, admitMail, { recipient, key: facts.key }, systemActor());
  if (admission === 'unknown_recipient') return admission;
  if (admission === 'known') return 'accepted';
  await store.put(rawKeyOf(mail.raw), mail.raw);
  await runSystemVerb(kernel, storeMail, { ...mail, recipient, facts }, systemActor());
  return 'accepted';
}
