import { listParts } from '#services/directory/list-parts.ts';
import { domainView, organizationKind } from './organization-kind.ts';

/** The domains of an organisation. @throws ServiceError not_found. */
export const listOrganizationDomains = listParts('listOrganizationDomains', organizationKind, domainView);
