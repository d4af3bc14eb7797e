import type { RawResult, Statement } from './query.ts';

/** Results of a batch, statement by statement. */
export type Results<S extends readonly Statement[]> = {
  -readonly [K in keyof S]: S[K] extends Statement<infer T> ? T : never;
};

export interface BatchMode {
  /** A load is one snapshot; `read only` unless it draws a number. A commit reads committed: its guards decide. */
  kind: 'load' | 'load_and_draw' | 'commit';
}

/**
 * The port to Postgres. One call is one round trip and one transaction; nothing else touches the database. Idle statements
 * stay at home, and a batch of nothing else is no trip.
 */
export interface Database {
  batch<const S extends readonly Statement[]>(statements: S, mode: BatchMode): Promise<Results<S>>;
  /** Counted since this port was made, which is once per request, message batch or tick. */
  readonly spent: { trips: number; statements: number; milliseconds: number };
}

/** A Postgres error as the drivers report it. */
export interface PostgresError extends Error {
  code: string;
  constraint?: string;
}

/** The database did not answer. During a commit nobody knows whether it happened; the same idempotency key tells. */
export class DatabaseUnreachable extends Error {
  readonly duringCommit: boolean;

  constructor(duringCommit: boolean, cause: unknown) {
    super('the database is out of reach', { cause });
    this.name = 'DatabaseUnreachable';
    this.duringCommit = duringCommit;
  }
}

/** Told from other errors by its five-character SQLSTATE. */
export const isPostgresError = (error: unknown): error is PostgresError =>
  error instanceof Error && /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code));

const NO_ROWS: RawResult = { rows: [], fields: [], rowCount: 0 };

/** Of a batch, what the database has to answer. */
export const toSend = (statements: readonly Statement[]): Statement[] => statements.filter(({ idle }) => idle !== true);

/** The results of a batch, each in its place; `results` are those of what was sent. */
export function readAll<const S extends readonly Statement[]>(
  statements: S,
  results: readonly RawResult[],
): Results<S> {
  const sent = results.values();
  return statements.map((each) =>
    each.read(each.idle === true ? NO_ROWS : (sent.next().value as RawResult)),
  ) as Results<S>;
}
