import { holdWhile } from '#services/access/hold.ts';

/** Hold whom or what a commit points at: archived or merged before, it decides again; later, that finds what points there. */
export const holdContact = holdWhile<'contact'>('contacts', 'archived_at is null', 'contact');
export const holdOrganization = holdWhile<'org'>('organizations', 'archived_at is null', 'organization');
