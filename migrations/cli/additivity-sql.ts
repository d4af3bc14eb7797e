import type { CreateFunctionStmt, CreateStmt, CreateTrigStmt, IndexStmt, Node } from 'libpg-query';
import { alterTableRefusals } from './alter-table-rules.ts';
import {
  type ChainState,
  emptyState,
  hasUnenforced,
  noteCalls,
  noteTable,
  type TableState,
  tableName,
} from './chain-state.ts';
import type { Migration } from './journal.ts';
import type { Problem } from './problem.ts';
import { nodesOf, parseStatements, type Statement, stringsOf } from './statements.ts';

export type SqlFile = Pick<Migration, 'idx' | 'file' | 'sql'>;

/** What one file is: its place and whether its statements run one by one outside a transaction. */
interface FileContext {
  idx: number;
  concurrent: boolean;
  replaceable: ReadonlySet<string>;
}

const CONCURRENT_HEADER = /^-- concurrently\b/;

/**
 * Proof P2: every statement of the chain, parsed with the grammar of Postgres, is on the allow-list of additive statements;
 * all else is refused. `replaceable` names the functions that a later file may define anew, because no release calls
 * them by themselves.
 */
export function checkSqlAdditivity(files: readonly SqlFile[], replaceable: ReadonlySet<string> = new Set()): Problem[] {
  const state = emptyState();
  const problems: Problem[] = [];
  for (const { idx, file, sql } of files) {
    const context = { idx, concurrent: CONCURRENT_HEADER.test(sql), replaceable };
    const statements = parsed(sql);
    if (typeof statements === 'string') {
      problems.push({ proof: 'P2', file, reason: statements });
      continue;
    }
    for (const { node, text } of statements) {
      for (const reason of refusals(state, node, context))
        problems.push({ proof: 'P2', file, reason, statement: text });
    }
  }
  return [...problems, ...unprovenAtTheEnd(state, files)];
}

function parsed(sql: string): Statement[] | string {
  try {
    const statements = parseStatements(sql);
    return statements.length === 0 ? 'holds no statement' : statements;
  } catch (error) {
    return `is not SQL: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function refusals(state: ChainState, node: Node, context: FileContext): string[] {
  if ('IndexStmt' in node) return indexRefusals(state, node.IndexStmt, context);
  if (context.concurrent) return ['a concurrently file holds only create index concurrently if not exists'];
  if ('CreateStmt' in node) return createTableRefusals(state, node.CreateStmt, context.idx);
  if ('AlterTableStmt' in node) return alterTableRefusals(state, node.AlterTableStmt, context.idx);
  if ('CreateFunctionStmt' in node) return functionRefusals(state, node.CreateFunctionStmt, context);
  if ('CreateTrigStmt' in node) return triggerRefusals(state, node.CreateTrigStmt);
  if ('CreateSeqStmt' in node)
    return node.CreateSeqStmt.if_not_exists === true ? ['"if not exists" hides another sequence'] : [];
  if ('CommentStmt' in node) return [];
  return [`${Object.keys(node)[0]?.replace(/Stmt$/, '') ?? 'it'} is not on the allow-list`];
}

function createTableRefusals(state: ChainState, statement: CreateStmt, idx: number): string[] {
  const refused: string[] = [];
  if (tableName(statement.relation) === undefined) refused.push('a table outside schema public');
  if (statement.relation?.relpersistence !== 'p') refused.push('a temporary or unlogged table');
  if (statement.if_not_exists === true) refused.push('"if not exists" hides a table of another shape');
  if (statement.inhRelations !== undefined || statement.partbound !== undefined || statement.partspec !== undefined) {
    refused.push('inheritance and partitions are not on the allow-list');
  }
  if (nodesOf(statement, 'TableLikeClause').length > 0) refused.push('"like" hides the columns it copies');
  if (hasUnenforced(statement)) refused.push('a constraint that is not enforced proves nothing');
  noteTable(state, statement, idx);
  return refused;
}

function indexRefusals(state: ChainState, statement: IndexStmt, { idx, concurrent }: FileContext): string[] {
  noteCalls(state, [statement.indexParams, statement.whereClause]);
  const table = state.tables.get(tableName(statement.relation) ?? '');
  if (table === undefined) return ['indexes a table that no file creates'];
  const refused: string[] = [];
  if (statement.idxname === undefined) refused.push('an index without a name');
  if (concurrent && (statement.concurrent !== true || statement.if_not_exists !== true)) {
    refused.push('a concurrently file holds only create index concurrently if not exists');
  }
  if (!concurrent && statement.concurrent === true)
    refused.push('an index built concurrently belongs in a concurrently file');
  if (!concurrent && statement.if_not_exists === true) refused.push('"if not exists" hides another index');
  const older = table.madeBy < idx;
  if (older && !concurrent) refused.push('a plain index on an older table stops its writers: use a concurrently file');
  if (older && statement.unique === true) refused.push(...uniqueRefusals(table, statement, idx));
  return refused;
}

/** Rows of an older release can only collide in columns they know; those of the file before are still empty. */
function uniqueRefusals(table: TableState, statement: IndexStmt, idx: number): string[] {
  const columns = (statement.indexParams ?? []).flatMap((param) => {
    if (!('IndexElem' in param)) return [];
    const { name, expr } = param.IndexElem;
    return name !== undefined
      ? [name]
      : nodesOf(expr, 'ColumnRef').flatMap(({ fields }) => stringsOf(fields).slice(-1));
  });
  const old = columns.filter((column) => table.columns.get(column) !== idx - 1);
  return old.length === 0 ? [] : [`unique over ${old.join(', ')}, not only over columns of the file before`];
}

function functionRefusals(
  state: ChainState,
  statement: CreateFunctionStmt,
  { idx, replaceable }: FileContext,
): string[] {
  const name = stringsOf(statement.funcname).at(-1) ?? '';
  const madeBy = state.functions.get(name);
  state.functions.set(name, madeBy ?? idx);
  if (statement.is_procedure === true) return ['a procedure is not on the allow-list'];
  if (statement.replace !== true || madeBy === undefined || madeBy === idx) return [];
  if (state.called.has(name)) return [`replaces ${name}(), which an index, a column, a check or a trigger calls`];
  return replaceable.has(name)
    ? []
    : [`replaces ${name}() of an older file, which an older release may call: give it a new name`];
}

function triggerRefusals(state: ChainState, statement: CreateTrigStmt): string[] {
  const name = stringsOf(statement.funcname).at(-1);
  if (name !== undefined) state.called.add(name);
  noteCalls(state, statement.whenClause);
  if (!state.tables.has(tableName(statement.relation) ?? '')) return ['a trigger on a table that no file creates'];
  return statement.replace === true ? ['"or replace" takes a trigger away'] : [];
}

function unprovenAtTheEnd(state: ChainState, files: readonly SqlFile[]): Problem[] {
  return [...state.tables].flatMap(([table, { unproven }]) =>
    [...unproven].map(([name, idx]): Problem => {
      const file = files.find((candidate) => candidate.idx === idx)?.file ?? String(idx);
      return { proof: 'P2', file, reason: `adds ${name} on ${table} not valid and no later file validates it` };
    }),
  );
}
