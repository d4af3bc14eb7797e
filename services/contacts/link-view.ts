import type { ContactLink } from '#schema/api/contacts.ts';
import type { Authority } from '#services/access/authority.ts';
import { administers } from '#services/access/members/member-queries.ts';
import type { Link } from './link-rule.ts';

type Shown = Pick<Link, 'id' | 'contactId' | 'userId' | 'email' | 'isMember' | 'source' | 'linkedAt'>;

/** The address of a login; that of somebody on the staff is for who administrates people. */
export const shownEmail = ({ isMember, email }: Pick<Shown, 'isMember' | 'email'>, authority: Authority) =>
  isMember && !administers(authority) ? null : email;

/** A link as the API shows it. */
export const linkView = (
  { id, contactId, userId, email, isMember, source, linkedAt }: Shown,
  authority: Authority,
): ContactLink => ({
  id,
  contactId,
  userId,
  email: shownEmail({ isMember, email }, authority),
  source,
  linkedAt: new Date(linkedAt).toISOString(),
});
