import { type FieldChange, fieldChanges } from '#services/kernel/field-changes.ts';
import type { ApiKeyRow } from './key-queries.ts';

/** What of a key its manager edits, as the API names it. Sets are in order, so that they differ by content alone. */
const editable = (key: ApiKeyRow) => ({
  name: key.name,
  purpose: key.purpose,
  scopes: key.scopeKeys.toSorted(),
  teamIds: key.teamIds?.toSorted() ?? null,
  inboxIds: key.inboxIds?.toSorted() ?? null,
  allowedIps: key.allowedIps.toSorted(),
  expiresAt: key.expiresAt,
});

const FIELDS = ['name', 'purpose', 'scopes', 'teamIds', 'inboxIds', 'allowedIps', 'expiresAt'] as const;

export const keyChanges = (before: ApiKeyRow, after: ApiKeyRow): FieldChange[] =>
  fieldChanges(editable(before), editable(after), FIELDS).filter(
    ({ from, to }) => JSON.stringify(from) !== JSON.stringify(to),
  );

/** A new key, as the audit keeps what it began with. */
export const madeAs = (key: ApiKeyRow): FieldChange[] => {
  const made = editable(key);
  return FIELDS.map((field) => ({ field, from: null, to: made[field] }));
};
