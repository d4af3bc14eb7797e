import type { Stage } from '../chain.ts';
import { columnsOfIndex, type DrizzleSnapshot, type DrizzleTable, mentions } from './drizzle-snapshot.ts';

/**
 * The snapshot as it was after stage `last`: tables, columns, keys and indexes of later stages taken out.
 * Throws when a table or sequence has no stage, or a late column could not be added to rows that are there.
 */
export function pruneSnapshot(final: DrizzleSnapshot, stages: readonly Stage[], last: number): DrizzleSnapshot {
  const stageOf = stagesOf(final, stages);
  const tables = Object.entries(final.tables)
    .filter(([, table]) => stageOf.table(table.name) <= last)
    .map(([name, table]) => [name, pruneTable(table, (column) => stageOf.column(table, column) <= last)]);
  const sequences = Object.entries(final.sequences).filter(([, { name }]) => stageOf.sequence(name) <= last);
  return { ...final, tables: Object.fromEntries(tables), sequences: Object.fromEntries(sequences) };
}

function pruneTable(table: DrizzleTable, isThere: (column: string) => boolean): DrizzleTable {
  const allThere = (columns: string[]) => columns.filter((column) => column in table.columns).every(isThere);
  return {
    ...table,
    columns: only(table.columns, ({ name }) => isThere(name)),
    indexes: only(table.indexes, (index) => allThere(columnsOfIndex(index))),
    foreignKeys: only(table.foreignKeys, ({ columnsFrom }) => allThere(columnsFrom)),
    uniqueConstraints: only(table.uniqueConstraints, ({ columns }) => allThere(columns)),
    checkConstraints: only(table.checkConstraints, ({ value }) => allThere(mentions(value))),
  };
}

const only = <T>(record: Record<string, T>, keep: (value: T) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => keep(value)));

function stagesOf(final: DrizzleSnapshot, stages: readonly Stage[]) {
  const find = (what: string, has: (stage: Stage) => boolean): number => {
    const found = stages.findIndex(has);
    if (found < 0) throw new Error(`${what} has no place in migrations/chain.ts`);
    return found;
  };
  const table = (name: string) => find(name, ({ tables }) => tables.includes(name));
  for (const { name } of Object.values(final.tables)) table(name);
  return {
    table,
    sequence: (name: string) => find(name, ({ sequences }) => sequences?.includes(name) === true),
    column(of: DrizzleTable, name: string): number {
      const targets = Object.values(of.foreignKeys)
        .filter(({ columnsFrom }) => columnsFrom.includes(name))
        .map(({ tableTo }) => table(tableTo));
      const named = stages.findIndex(({ columns }) => columns?.includes(`${of.name}.${name}`) === true);
      const stage = Math.max(table(of.name), named, ...targets);
      const column = of.columns[name];
      if (stage > table(of.name) && column?.notNull === true && column.default === undefined) {
        throw new Error(
          `${of.name}.${name} comes later than its table: it must be nullable or have a constant default`,
        );
      }
      return stage;
    },
  };
}
