import { archiveRecord } from '#services/directory/archive-record.ts';
import { organizationKind } from './organization-kind.ts';

/** Takes one out of use. @throws as `archiveRecord`. */
export const archiveOrganization = archiveRecord('archiveOrganization', organizationKind);
