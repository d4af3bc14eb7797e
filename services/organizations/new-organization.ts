import { type IdSource, newId } from '#schema/ids.ts';
import { insertRecord } from '#services/directory/change-record.ts';
import type { Change } from '#services/kernel/change.ts';
import { type KnownOrganization, type OrganizationRow, organizationKind } from './organization-kind.ts';

type Given = Pick<OrganizationRow, 'name'> &
  Partial<
    Pick<OrganizationRow, 'externalId' | 'website' | 'notes' | 'attributes' | 'shareNewTickets' | 'colleagueAccess'>
  >;

/** An organisation with its domains, normalized, the first of them primary. */
export function newOrganization(
  ids: IdSource,
  given: Given,
  domains: readonly string[],
  now: Date,
): { known: KnownOrganization } & Pick<Change<unknown>, 'roots' | 'writes' | 'events'> {
  const parts = [...new Set(domains)].map((value, i) => ({
    id: newId(ids, 'odom'),
    value,
    isPrimary: i === 0,
    active: true,
    verifiedAt: null,
    createdAt: now,
  }));
  const row: OrganizationRow = {
    externalId: null,
    website: null,
    notes: null,
    attributes: {},
    shareNewTickets: false,
    colleagueAccess: 'comment',
    ...given,
    id: newId(ids, 'org'),
    sortName: '',
    searchText: '',
    archivedAt: null,
    mergedIntoId: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
    revision: 1,
    eventSeq: 0,
  };
  const known = { row: { ...row, ...organizationKind.named({ row, parts }) }, parts };
  return { known, ...insertRecord(organizationKind, known) };
}
