import { listParts } from '#services/directory/list-parts.ts';
import { contactKind, emailView } from './contact-kind.ts';

/** The addresses of a contact. @throws ServiceError not_found. */
export const listContactEmails = listParts('listContactEmails', contactKind, emailView);
