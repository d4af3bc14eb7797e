import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { jsonObject, lowerCase } from '../checks.ts';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { newest } from '../newest.ts';
import { ACTOR_KINDS } from '../values.ts';
import { organizations } from './organizations.ts';
import { user } from './people.ts';

/** How a contact came to its organization; what a person chose (`manual`), automation never changes. */
export const ORGANIZATION_SOURCES = ['manual', 'domain', 'import', 'api'] as const;
export const CONTACT_LINK_SOURCES = ['verified_email', 'verified_identity', 'manual'] as const;

export const contacts = pgTable(
  'contacts',
  {
    id: pk('contact'),
    name: text(),
    title: text(),
    phone: text(),
    externalId: text(),
    organizationId: id('org'),
    organizationSource: choice(ORGANIZATION_SOURCES),
    avatarUrl: text(),
    locale: text(),
    timeZone: text(),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    /** The folded name, else the address. */
    sortName: text().notNull(),
    /** Folded name, addresses, their domains and external id. */
    searchText: text().notNull().default(''),
    archivedAt: instant(),
    erasedAt: instant(),
    mergedIntoId: id('contact'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => {
    const live = sql`${t.archivedAt} is null`;
    return [
      uniqueIdx(t.externalId, { where: live }),
      fk(t.organizationId, organizations.id, 'no action'),
      fk(t.mergedIntoId, t.id, 'no action'),
      textLength(t.name, 1, 200),
      textLength(t.title, 0, 200),
      textLength(t.phone, 1, 40),
      textLength(t.externalId, 1, 255),
      oneOf(t.organizationSource, ORGANIZATION_SOURCES),
      // The source may stand alone: a person who took the organization away is not overruled by a domain.
      rule(t.organizationSource, 'source', sql`${t.organizationId} is null or ${t.organizationSource} is not null`),
      rule(t.avatarUrl, 'avatar_url', sql`${t.avatarUrl} like 'https://%' and char_length(${t.avatarUrl}) <= 2048`),
      textLength(t.locale, 1, 35),
      textLength(t.timeZone, 1, 64),
      jsonObject(t.attributes, 32),
      rule(
        t.erasedAt,
        'erased',
        sql`${t.erasedAt} is null or (${t.archivedAt} is not null and num_nonnulls(${t.title}, ${t.phone}, ${t.externalId}, ${t.avatarUrl}) = 0)`,
      ),
      rule(
        t.mergedIntoId,
        'merged',
        sql`${t.mergedIntoId} is null or (${t.mergedIntoId} <> ${t.id} and ${t.archivedAt} is not null)`,
      ),
      idx([t.sortName, t.id], { where: live }),
      idx([newest(t.createdAt), newest(t.id)], { where: live }),
      idx(sql`search_doc(${t.searchText})`, { using: 'gin', name: 'contacts_search_idx' }),
      idx([t.organizationId, t.sortName, t.id]),
      // The external id of a merged row still leads to its winner.
      idx(t.externalId, { where: sql`${t.externalId} is not null` }),
      idx(t.mergedIntoId, { where: sql`${t.mergedIntoId} is not null` }),
    ];
  },
);

export const contactEmails = pgTable(
  'contact_emails',
  {
    id: pk('cmail'),
    contactId: id('contact').notNull(),
    email: text().notNull(),
    /** As the person wrote it. */
    display: text(),
    isPrimary: boolean().notNull().default(false),
    verifiedAt: instant(),
    active: boolean().notNull().default(true),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIdx(t.email, { where: sql`${t.active}` }),
    uniqueIdx(t.contactId, { where: sql`${t.isPrimary}`, name: 'contact_emails_primary_key' }),
    fk(t.contactId, contacts.id, 'cascade'),
    textLength(t.email, 3, 254),
    lowerCase(t.email),
    textLength(t.display, 1, 320),
    idx(t.email),
    idx(t.contactId),
  ],
);

export const contactUserLinks = pgTable(
  'contact_user_links',
  {
    id: pk('culink'),
    contactId: id('contact').notNull(),
    userId: id('user').notNull(),
    source: choice(CONTACT_LINK_SOURCES).notNull(),
    ...actorColumns(),
    linkedAt: instant().notNull(),
    unlinkedAt: instant(),
  },
  (t) => [
    // A login is one person; a person may have several logins.
    uniqueIdx(t.userId, { where: sql`${t.unlinkedAt} is null` }),
    fk(t.contactId, contacts.id, 'cascade'),
    fk(t.userId, user.id, 'cascade'),
    oneOf(t.source, CONTACT_LINK_SOURCES),
    oneOf(t.actorKind, ACTOR_KINDS),
    idx(t.contactId),
    idx(t.userId),
  ],
);
