import { unarchiveRecord } from '#services/directory/unarchive-record.ts';
import { contactKind } from './contact-kind.ts';

/** Brings one back. @throws as `unarchiveRecord`. */
export const unarchiveContact = unarchiveRecord('unarchiveContact', contactKind);
