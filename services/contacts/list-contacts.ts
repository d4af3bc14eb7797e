import { listRecords } from '#services/directory/list-records.ts';
import { contactKind } from './contact-kind.ts';

/** Lists them by name. @throws ServiceError forbidden. */
export const listContacts = listRecords('listContacts', contactKind);
