import type { ActivityData } from '#schema/tables/ticket-activity.ts';

/** What was changed, as the history of a ticket keeps it. */
export interface Past {
  changes?: ActivityData['changes'];
}

const CUSTOM = 'customFields.';

/** The fields of a ticket by the names that its history uses, custom ones each for itself. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields as they were before changes, which stand in the order in which they happened: each `to` back to its `from`.
 * A field that no change names is as it is.
 */
export function rewind<F extends Fields>(present: F, changes: readonly Past[]): F {
  const past: Record<string, unknown> = { ...present };
  for (const { field, from } of changes.flatMap((each) => each.changes ?? []).toReversed()) {
    if (field.startsWith(CUSTOM)) past.customFields = withValue(past.customFields, field.slice(CUSTOM.length), from);
    else if (field in present) past[field] = from;
  }
  return past as F;
}

/** An empty custom field has no entry. */
function withValue(values: unknown, key: string, value: unknown): Record<string, unknown> {
  const { [key]: _present, ...others } = (values ?? {}) as Record<string, unknown>;
  return value === null || value === undefined ? others : { ...others, [key]: value };
}
