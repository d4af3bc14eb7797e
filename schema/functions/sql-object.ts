/** One object of the database that is written by hand, as the text that creates it. */
export interface SqlObject {
  name: string;
  kind: 'function' | 'trigger';
  sql: string;
}

/** Functions run with whatever `search_path` the caller has, the empty one of pg_dump included: bodies name schemas. */
export const sqlFunction = (name: string, sql: string): SqlObject => ({ name, kind: 'function', sql: sql.trim() });
