import { archiveRecord } from '#services/directory/archive-record.ts';
import { contactKind } from './contact-kind.ts';

/** Takes one out of use. @throws as `archiveRecord`. */
export const archiveContact = archiveRecord('archiveContact', contactKind);
