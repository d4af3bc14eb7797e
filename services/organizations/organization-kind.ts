import type { Organization } from '#schema/api/organizations.ts';
import { MAX_DOMAINS } from '#schema/api/organizations.ts';
import { fold } from '#schema/fold.ts';
import type { Id } from '#schema/ids.ts';
import { organizationDomains, organizations } from '#schema/index.ts';
import type { Known, Part, RecordKind } from '#services/directory/record-kind.ts';
import { event } from '#services/kernel/change.ts';

export type OrganizationRow = typeof organizations.$inferSelect;
export type KnownOrganization = Known<OrganizationRow>;

export const organizationKind: RecordKind<OrganizationRow, Organization> = {
  noun: 'organization',
  prefix: 'org',
  table: organizations,
  parts: {
    name: 'domains',
    prefix: 'odom',
    table: organizationDomains,
    sqlName: 'organization_domains',
    sqlOwner: 'organization_id',
    sqlValue: 'domain',
    verifiable: false,
    most: MAX_DOMAINS,
    stored: (organizationId, { id, value, isPrimary, active, createdAt }) => ({
      id,
      organizationId,
      domain: value,
      isPrimary,
      active,
      createdAt,
    }),
  },
  fields: ['name', 'externalId', 'website', 'notes', 'attributes', 'shareNewTickets', 'colleagueAccess', 'archivedAt'],
  untold: ['notes'],
  named: ({ row: { name, externalId }, parts }) => ({
    sortName: fold(name),
    searchText: fold([name, externalId, ...parts.map(({ value }) => value)].filter(Boolean).join(' ')),
  }),
  view: ({ row, parts }) => ({
    id: row.id,
    name: row.name,
    externalId: row.externalId,
    website: row.website,
    notes: row.notes,
    attributes: row.attributes,
    shareNewTickets: row.shareNewTickets,
    colleagueAccess: row.colleagueAccess,
    domains: parts.map(domainView),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    mergedIntoId: row.mergedIntoId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }),
  event: (telling, { row, parts }, changes) => {
    const payload = {
      organizationId: row.id,
      name: row.name,
      domains: parts.map(({ value }) => value),
      externalId: row.externalId,
    };
    const about = { entity: row.id, audience: 'internal' } as const;
    return telling === 'updated'
      ? event({ type: 'organization.updated', payload: { ...payload, changes }, ...about })
      : event({ type: `organization.${telling}`, payload, ...about });
  },
};

export const domainView = ({ id, value, isPrimary, active, createdAt }: Part) => ({
  id: id as Id<'odom'>,
  domain: value,
  isPrimary,
  active,
  createdAt: createdAt.toISOString(),
});
