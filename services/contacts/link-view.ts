import type { ContactLink } from '#schema/api/contacts.ts';
import type { Authority } from '#services/access/authority.ts';
import { administers } from '#services/access/members/member-queries.ts';
import type { Link } from './link-rule.ts';

type Shown = Pick<Link, 'id' | 'contactId' | 'userId' | 'email' | 'isMember' | 'source' | 'linkedAt'>;

/** A link as the API shows it; the address of somebody on the staff is for who administrates people. */
export const linkView = (
  { id, contactId, userId, email, isMember, source, linkedAt }: Shown,
  authority: Authority,
): ContactLink => ({
  id,
  contactId,
  userId,
  email: isMember && !administers(authority) ? null : email,
  source,
  linkedAt: new Date(linkedAt).toISOString(),
});
