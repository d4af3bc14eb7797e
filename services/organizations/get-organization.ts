import { getRecord } from '#services/directory/get-record.ts';
import { organizationKind } from './organization-kind.ts';

/** Reads one, an archived one too; of a merged one only where it went. @throws ServiceError not_found. */
export const getOrganization = getRecord('getOrganization', organizationKind);
