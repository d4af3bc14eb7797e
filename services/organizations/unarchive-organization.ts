import { unarchiveRecord } from '#services/directory/unarchive-record.ts';
import { organizationKind } from './organization-kind.ts';

/** Brings one back. @throws as `unarchiveRecord`. */
export const unarchiveOrganization = unarchiveRecord('unarchiveOrganization', organizationKind);
