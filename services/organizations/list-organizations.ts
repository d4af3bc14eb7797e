import { listRecords } from '#services/directory/list-records.ts';
import { organizationKind } from './organization-kind.ts';

/** Lists them by name. @throws ServiceError forbidden. */
export const listOrganizations = listRecords('listOrganizations', organizationKind);
