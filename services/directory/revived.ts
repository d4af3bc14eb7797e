import type { Known, Part, RecordRow } from './record-kind.ts';

/** An archived record as it comes back, without what others have taken. */
export const revived = <Row extends RecordRow>({ row, parts }: Known<Row>, taken: readonly string[]): Known<Row> => ({
  row: { ...row, archivedAt: null },
  parts: withPrimary(parts.filter(({ value }) => !taken.includes(value)).map((part) => ({ ...part, active: true }))),
});

/** Exactly one primary where there is any: the one that is, else the oldest. */
export function withPrimary(parts: readonly Part[]): Part[] {
  const primary = parts.find(({ isPrimary }) => isPrimary) ?? oldest(parts);
  return parts
    .map((part) => ({ ...part, isPrimary: part === primary }))
    .sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary));
}

const oldest = (parts: readonly Part[]): Part | undefined =>
  parts.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))[0];
