import pg from 'pg';

export interface Statement {
  query: string;
  params: unknown[];
}

export interface OutputMode {
  /** Every value as Postgres writes it in its text format; the driver parses. */
  rawText: boolean;
  arrayRows: boolean;
}

export interface TransactionMode {
  isolationLevel: string | undefined;
  readOnly: boolean;
  deferrable: boolean;
}

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
};

const { builtins } = pg.types;

// Neon sends these as JSON values when the caller did not ask for raw text, and everything else as text.
const JSON_VALUES = new Set<number>([
  builtins.BOOL,
  builtins.INT2,
  builtins.INT4,
  builtins.FLOAT4,
  builtins.FLOAT8,
  builtins.JSON,
  builtins.JSONB,
]);

const asText = (value: string): string => value;
const rawTypes = { getTypeParser: () => asText };
const jsonTypes = {
  getTypeParser: (oid: number) => (JSON_VALUES.has(oid) ? pg.types.getTypeParser(oid, 'text') : asText),
};

/** Runs one statement, never more: like Neon it uses the extended protocol, which refuses `select 1; select 2`. */
export async function runStatement(client: pg.PoolClient, statement: Statement, output: OutputMode) {
  const config: pg.QueryConfig & { queryMode: 'extended' } = {
    text: statement.query,
    values: statement.params,
    queryMode: 'extended',
    types: output.rawText ? rawTypes : jsonTypes,
  };
  const result = output.arrayRows
    ? await client.query<unknown[]>({ ...config, rowMode: 'array' })
    : await client.query<Record<string, unknown>>(config);
  return {
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: output.arrayRows,
    fields: result.fields,
    rows: result.rows,
  };
}

/** @throws RangeError for an isolation level that is not one of Postgres's four. */
function beginStatement(mode: TransactionMode): string {
  const modes: string[] = [];
  if (mode.isolationLevel !== undefined) {
    const level = ISOLATION_LEVELS[mode.isolationLevel];
    if (level === undefined) throw new RangeError(`unknown isolation level ${mode.isolationLevel}`);
    modes.push(`isolation level ${level}`);
  }
  if (mode.readOnly) modes.push('read only');
  if (mode.deferrable) modes.push('deferrable');
  return `start transaction ${modes.join(', ')}`;
}

/** All or nothing. What fails here has been rolled back. */
export async function runTransaction(
  client: pg.PoolClient,
  statements: readonly Statement[],
  mode: TransactionMode,
  output: OutputMode,
) {
  await client.query(beginStatement(mode));
  try {
    const results = [];
    for (const statement of statements) results.push(await runStatement(client, statement, output));
    await client.query('commit');
    return results;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
