import { loadModule, type Node, parseSync, SqlError } from 'libpg-query';

await loadModule();

/** One statement of a file: its tree by the grammar of Postgres 18 and its own text. */
export interface Statement {
  node: Node;
  text: string;
}

/** Splits and parses a file with the server's own grammar; throws `SqlError` where Postgres would. */
export function parseStatements(sql: string): Statement[] {
  if (sql.trim() === '') return [];
  const bytes = Buffer.from(sql);
  return (parseSync(sql).stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    const end = length === undefined ? bytes.length : start + length;
    return stmt === undefined ? [] : [{ node: stmt, text: bytes.subarray(start, end).toString('utf8') }];
  });
}

/** The tree of one SQL expression, such as a default or the condition of a check. */
export function parseExpression(sql: string): Node {
  const [statement] = parseStatements(`select (${sql}\n)`);
  if (statement !== undefined && 'SelectStmt' in statement.node) {
    const [target] = statement.node.SelectStmt.targetList ?? [];
    if (target !== undefined && 'ResTarget' in target && target.ResTarget.val !== undefined)
      return target.ResTarget.val;
  }
  throw new SqlError(`not an expression: ${sql}`);
}

const PLACES = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
  'stmt_len',
]);

/** A text that is equal for two trees that differ in spelling and place alone; a column is equal with and without its table. */
export function shapeOf(tree: unknown): string {
  return JSON.stringify(tree, (key, value: unknown) => {
    if (PLACES.has(key)) return undefined;
    return key === 'fields' && Array.isArray(value) ? value.slice(-1) : value;
  });
}

/** Every node of one kind within a tree, itself included. */
export function nodesOf<K extends string>(tree: unknown, kind: K): Extract<Node, Record<K, unknown>>[K][] {
  const found: Extract<Node, Record<K, unknown>>[K][] = [];
  JSON.stringify(tree, (key, value: unknown) => {
    if (key === kind && typeof value === 'object') found.push(value as Extract<Node, Record<K, unknown>>[K]);
    return value;
  });
  return found;
}

/** The texts of a list of `String` nodes: a qualified name, the keys of a constraint. */
export const stringsOf = (nodes: readonly Node[] = []): string[] =>
  nodes.flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
