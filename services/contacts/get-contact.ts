import { getRecord } from '#services/directory/get-record.ts';
import { contactKind } from './contact-kind.ts';

/** Reads one, an archived one too; of a merged one only where it went. @throws ServiceError not_found. */
export const getContact = getRecord('getContact', contactKind);
