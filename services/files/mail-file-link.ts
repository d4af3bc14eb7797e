import type { AttachmentLink } from '#schema/api/messages.ts';
import type { Id } from '#schema/ids.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { fileLink } from './file-link.ts';

const MAIL_LINK_DAYS = 30;

/** Whom a mail goes to: a customer by their contact, or somebody of the desk. */
export type MailRecipient = { contactId: Id<'contact'> } | { principalId: Id<'prin'> };

/**
 * The address at which the recipient of a mail reads a file that did not fit into it, for 30 days at most: the file door
 * looks each time whether message and file are there, and whether this recipient may still see them.
 */
export const mailFileLink = (
  attachmentId: Id<'tatt'>,
  recipient: MailRecipient,
  { now, ...made }: { now: Date; keys: KeyRing; filesOrigin: string },
): AttachmentLink =>
  fileLink(made, {
    attachmentId,
    grant: recipient,
    expiresAt: new Date(now.getTime() + MAIL_LINK_DAYS * 86_400_000),
  });
