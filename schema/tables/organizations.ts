import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { jsonObject } from '../checks.ts';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { newest } from '../newest.ts';

/** What a customer may do on a colleague's ticket of visibility `org`. */
export const COLLEAGUE_ACCESS = ['view', 'comment'] as const;

export const organizations = pgTable(
  'organizations',
  {
    id: pk('org'),
    name: text().notNull(),
    externalId: text(),
    website: text(),
    notes: text(),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    shareNewTickets: boolean().notNull().default(false),
    colleagueAccess: choice(COLLEAGUE_ACCESS).notNull().default('comment'),
    /** The folded name. */
    sortName: text().notNull(),
    /** Folded name, domains and external id. */
    searchText: text().notNull().default(''),
    archivedAt: instant(),
    mergedIntoId: id('org'),
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
      fk(t.mergedIntoId, t.id, 'no action'),
      textLength(t.name, 1, 200),
      textLength(t.externalId, 1, 255),
      textLength(t.website, 1, 2048),
      textLength(t.notes, 0, 5000),
      jsonObject(t.attributes, 32),
      oneOf(t.colleagueAccess, COLLEAGUE_ACCESS),
      rule(
        t.mergedIntoId,
        'merged',
        sql`${t.mergedIntoId} is null or (${t.mergedIntoId} <> ${t.id} and ${t.archivedAt} is not null)`,
      ),
      idx([t.sortName, t.id], { where: live }),
      idx([newest(t.createdAt), newest(t.id)], { where: live }),
      idx(sql`search_doc(${t.searchText})`, { using: 'gin', name: 'organizations_search_idx' }),
      // The external id of a merged row still leads to its winner.
      idx(t.externalId, { where: sql`${t.externalId} is not null` }),
      idx(t.mergedIntoId, { where: sql`${t.mergedIntoId} is not null` }),
    ];
  },
);

export const organizationDomains = pgTable(
  'organization_domains',
  {
    id: pk('odom'),
    organizationId: id('org').notNull(),
    domain: text().notNull(),
    isPrimary: boolean().notNull().default(false),
    active: boolean().notNull().default(true),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIdx(t.domain, { where: sql`${t.active}` }),
    uniqueIdx(t.organizationId, { where: sql`${t.isPrimary}`, name: 'organization_domains_primary_key' }),
    fk(t.organizationId, organizations.id, 'cascade'),
    rule(
      t.domain,
      'domain_shape',
      sql`${t.domain} ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'`,
    ),
    textLength(t.domain, 1, 253),
    idx(t.domain),
    idx(t.organizationId),
  ],
);
