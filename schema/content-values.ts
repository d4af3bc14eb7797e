/** The value sets of audiences and content. Entries of a set are widened one release before they are written. */
export const AUDIENCE_MODES = ['everyone', 'signed_in', 'restricted', 'staff'] as const;
export const SEGMENT_KINDS = ['manual', 'dynamic'] as const;
export const MEMBER_EFFECTS = ['in', 'out'] as const;
export const MEMBER_SOURCES = ['rule', 'manual', 'api'] as const;
export const ATTRIBUTE_TYPES = ['text', 'number', 'boolean', 'date', 'choice'] as const;
export const CONTENT_STATES = ['draft', 'scheduled', 'published'] as const;
export const TEXT_STAGES = ['draft', 'live'] as const;
export const REDIRECT_KINDS = ['article', 'category', 'entry'] as const;
