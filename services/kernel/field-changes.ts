export interface FieldChange {
  field: string;
  from: unknown;
  to: unknown;
}

const plain = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

/** The named fields that differ between two states of a row, in that order. */
export const fieldChanges = <Row extends object>(
  before: Row,
  after: Row,
  fields: readonly (keyof Row & string)[],
): FieldChange[] =>
  fields
    .map((field) => ({ field, from: plain(before[field]), to: plain(after[field]) }))
    .filter(({ from, to }) => from !== to);

/** The same as the audit keeps it: field → before and after. */
export const auditChanges = (changes: readonly FieldChange[]): Record<string, [unknown, unknown]> =>
  Object.fromEntries(changes.map(({ field, from, to }) => [field, [from, to]]));

/** Only what was sent: an absent field keeps what is there. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
