import type { Statement } from './query.ts';
import { lately } from './together.ts';

/** How a statement is made of its rows, so that those of many changes in one commit become one. */
interface RowSet {
  /** Statements of one name are alike. They run in the order of `rank`, after those that stand alone. */
  name: string;
  rank: number;
  rows: readonly unknown[];
  build(rows: readonly never[]): Statement;
}

export type StatementOverRows = Statement & { readonly over: RowSet };

/** A statement over a set of rows, which `joinStatements` may make larger. */
export const overRows = <Row>(
  set: { name: string; rank: number },
  rows: readonly Row[],
  build: (rows: readonly Row[]) => Statement,
): StatementOverRows =>
  Object.assign(
    lately(() => build(rows)),
    { over: { ...set, rows, build } },
  );

/** The statements of many changes as few: those that stand alone in their order, then one for each set. */
export function joinStatements(statements: readonly Statement[]): Statement[] {
  const alone: Statement[] = [];
  const sets = new Map<string, RowSet>();
  for (const each of statements) {
    const { over } = each as Partial<StatementOverRows>;
    if (over === undefined) alone.push(each);
    else sets.set(over.name, { ...over, rows: [...(sets.get(over.name)?.rows ?? []), ...over.rows] });
  }
  const joined = [...sets.values()].sort((a, b) => a.rank - b.rank);
  return [...alone, ...joined.map(({ rows, build, ...set }) => overRows(set, rows as never[], build))];
}

/** Statements that say the same of the same, once: what several changes hold. */
export const withoutTwins = (statements: readonly Statement[]): Statement[] => [
  ...new Map(statements.map((each) => [JSON.stringify([each.text, each.params]), each])).values(),
];
