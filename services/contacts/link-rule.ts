import { inArray, type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { contacts, contactUserLinks } from '#schema/index.ts';
import { beginLink, type ContactLink, linkEvent } from '#services/access/contact-link.ts';
import { holdRow } from '#services/access/hold.ts';
import type { Also } from '#services/directory/change-record.ts';
import type { RootWrite } from '#services/kernel/change.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { KnownContact } from './contact-kind.ts';

/** A link that holds now. */
export interface Link extends Record<string, unknown>, ContactLink {
  id: Id<'culink'>;
  email: string | null;
  emailVerified: boolean;
  /** The login of somebody who is or was on the staff. */
  isMember: boolean;
  linkedAt: string;
}

/** Somebody who has proved an address, and the contact they are tied to. */
export interface ProvenPerson extends Record<string, unknown> {
  userId: Id<'user'>;
  email: string;
  isMember: boolean;
  principalId: Id<'prin'>;
  revision: number;
  linkId: Id<'culink'> | null;
  source: ContactLink['source'] | null;
  contactId: Id<'contact'> | null;
  contactRevision: number;
  contactEventSeq: string;
}

export const linksWhere = (condition: SQL): Statement<Link[]> =>
  rows(sql`
    select public.to_typeid('culink', l.id) as id, public.to_typeid('contact', l.contact_id) as "contactId",
      public.to_typeid('user', l.user_id) as "userId", l.source, u.email, u.email_verified as "emailVerified", l.linked_at as "linkedAt",
      exists (select from principal p where p.user_id = u.id and p.member_state is not null) as "isMember"
    from contact_user_links l join "user" u on u.id = l.user_id
    where l.unlinked_at is null and ${condition} order by l.linked_at, l.id`);

/** People of which `condition` over `u` and `p` holds; erased ones are nobody. */
export const peopleWhere = (condition: SQL): Statement<ProvenPerson[]> =>
  rows(sql`
    select public.to_typeid('user', u.id) as "userId", u.email, p.member_state is not null as "isMember", public.to_typeid('prin', p.id) as "principalId", p.revision,
      public.to_typeid('culink', l.id) as "linkId", l.source, public.to_typeid('contact', c.id) as "contactId",
      c.revision as "contactRevision", c.event_seq as "contactEventSeq"
    from "user" u join principal p on p.user_id = u.id and p.type = 'user' and p.erased_at is null
      left join contact_user_links l on l.user_id = u.id and l.unlinked_at is null
      left join contacts c on c.id = l.contact_id
    where u.email_verified and ${condition} order by u.id`);

/**
 * Ties between a contact and the people who have proved one of its addresses, after its addresses or a proof changed: those
 * by an address that is no longer there or no longer proved end, missing ones begin. What a person tied stays.
 */
export function relink(
  { row, parts }: KnownContact,
  links: readonly Link[],
  people: readonly ProvenPerson[],
  by: Pick<Deciding, 'now' | 'ids'>,
): Also {
  const has = (email: string | null) => parts.some(({ value, active }) => active && value === email);
  const ended = links.filter(
    ({ source, email, emailVerified }) => source === 'verified_email' && !(emailVerified && has(email)),
  );
  const joining = people.filter(
    ({ email, contactId, source }) =>
      has(email) && (contactId === null || (contactId !== row.id && source === 'verified_email')),
  );
  const leaving = joining.filter(({ linkId }) => linkId !== null);
  return joined([
    endLinks([...ended.map(({ id }) => id), ...leaving.map(({ linkId }) => linkId as Id<'culink'>)], by.now),
    // Of a contact that several people leave there is one row.
    { roots: [...new Map(leaving.map((person) => [person.contactId, rootOf(person)])).values()] },
    { events: ended.map((link) => linkEvent('unlinked', link)) },
    {
      events: leaving.map(({ userId, contactId }) =>
        linkEvent('unlinked', { userId, contactId: contactId as Id<'contact'>, source: 'verified_email' }),
      ),
    },
    ...joining.map((person) => startLink({ person, contactId: row.id, source: 'verified_email' }, by)),
  ]);
}

/** A link that begins; it holds the person, so that an address that changes at the same moment is seen. */
export const startLink = (
  { person, contactId, source }: { person: ProvenPerson; contactId: Id<'contact'>; source: ContactLink['source'] },
  ...by: DropFirst<Parameters<typeof beginLink>>
): Also => ({
  holds: [holdRow('principal', { id: person.principalId, revision: person.revision })],
  ...beginLink({ contactId, userId: person.userId, source }, ...by),
});

type DropFirst<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never;

export const endLinks = (ids: readonly Id<'culink'>[], now: Date): Also =>
  ids.length === 0
    ? {}
    : {
        writes: [
          statement(
            qb
              .update(contactUserLinks)
              .set({ unlinkedAt: now })
              .where(inArray(contactUserLinks.id, [...ids])),
          ),
        ],
      };

const rootOf = ({ contactId, contactRevision, contactEventSeq }: ProvenPerson): RootWrite => ({
  kind: 'update',
  table: contacts,
  what: 'contact',
  loaded: { id: contactId as Id<'contact'>, revision: contactRevision, eventSeq: Number(contactEventSeq) },
  set: {},
});

/** Several additions to a commit as one; empty ones leave nothing. */
export function joined(parts: readonly Also[]): Also {
  const all = <K extends keyof Also>(key: K) => {
    const list = parts.flatMap((part) => (part[key] ?? []) as unknown[]);
    return list.length === 0 ? {} : { [key]: list };
  };
  return { ...all('holds'), ...all('roots'), ...all('writes'), ...all('events'), ...all('wakes') } as Also;
}
