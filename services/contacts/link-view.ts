import type { ContactLink } from '#schema/api/contacts.ts';
import type { Link } from './link-rule.ts';

/** A tie as the API shows it. */
export const linkView = ({ id, contactId, userId, email, source, linkedAt }: Link): ContactLink => ({
  id,
  contactId,
  userId,
  email,
  source,
  linkedAt: new Date(linkedAt).toISOString(),
});
