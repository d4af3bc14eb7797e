import { CONTACT_LINES } from './contact-lines.ts';
import { ORGANIZATION_LINES } from './organization-lines.ts';

/** What a file may bring in. */
export const IMPORTS = { contacts: CONTACT_LINES, organizations: ORGANIZATION_LINES } as const;
