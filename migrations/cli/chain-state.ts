import type { ColumnDef, Constraint, CreateStmt, Node, RangeVar } from 'libpg-query';
import { nodesOf, stringsOf } from './statements.ts';

/** What the files before a statement have made: which file made each table and column, and each check as it stands. */
export interface ChainState {
  tables: Map<string, TableState>;
  functions: Map<string, number>;
  /** Functions that an index, a generated column, a default, a check or a trigger of some file calls. */
  called: Set<string>;
}

export interface TableState {
  madeBy: number;
  columns: Map<string, number>;
  checks: Map<string, Node>;
  /** Constraints added `not valid`, and by which file. */
  unproven: Map<string, number>;
}

export const emptyState = (): ChainState => ({ tables: new Map(), functions: new Map(), called: new Set() });

/** Files a new table with its columns and named checks. */
export function noteTable(state: ChainState, statement: CreateStmt, idx: number): void {
  const name = statement.relation?.relname;
  if (name === undefined) return;
  const table: TableState = { madeBy: idx, columns: new Map(), checks: new Map(), unproven: new Map() };
  state.tables.set(name, table);
  for (const element of statement.tableElts ?? []) {
    if ('ColumnDef' in element) noteColumn(state, table, element.ColumnDef, idx);
    if ('Constraint' in element) noteConstraint(state, table, element.Constraint, idx);
  }
}

export function noteColumn(state: ChainState, table: TableState, column: ColumnDef, idx: number): void {
  table.columns.set(column.colname ?? '', idx);
  for (const constraint of constraintsOf(column)) noteConstraint(state, table, constraint, idx);
}

export function noteConstraint(state: ChainState, table: TableState, constraint: Constraint, idx: number): void {
  noteCalls(state, constraint.raw_expr);
  const { conname: name, contype, raw_expr: condition } = constraint;
  if (name === undefined) return;
  if (contype === 'CONSTR_CHECK' && condition !== undefined) table.checks.set(name, condition);
  if (constraint.skip_validation === true) table.unproven.set(name, idx);
}

/** Remembers every function that a tree calls. */
export function noteCalls(state: ChainState, tree: unknown): void {
  for (const call of nodesOf(tree, 'FuncCall')) {
    const name = stringsOf(call.funcname).at(-1);
    if (name !== undefined) state.called.add(name);
  }
}

export const constraintsOf = (column: ColumnDef): Constraint[] =>
  (column.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));

/** The name of a table of schema `public`, however it is written; a name of any other schema is none of ours. */
export function tableName(relation: RangeVar | undefined): string | undefined {
  const schema = relation?.schemaname;
  return schema === undefined || schema === 'public' ? relation?.relname : undefined;
}

/** Whether some check or foreign key within a tree is declared `not enforced`. */
export const hasUnenforced = (tree: unknown): boolean =>
  nodesOf(tree, 'Constraint').some(({ contype, is_enforced: enforced }) =>
    contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN'
      ? enforced !== true
      : contype === 'CONSTR_ATTR_NOT_ENFORCED',
  );
