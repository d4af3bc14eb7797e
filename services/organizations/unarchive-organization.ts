import { unarchiveRecord } from '#services/directory/unarchive-record.ts';
import { none } from '#services/kernel/query.ts';
import { organizationKind } from './organization-kind.ts';

/** Brings one back. @throws as `unarchiveRecord`. */
export const unarchiveOrganization = unarchiveRecord('unarchiveOrganization', organizationKind, {
  load: () => none(),
  also: () => ({}),
});
