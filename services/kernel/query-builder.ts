import type { Query } from 'drizzle-orm';
import { PgDatabase, type PgDialect, type PgQueryResultHKT, PgSession } from 'drizzle-orm/pg-core';
import * as drizzleUtils from 'drizzle-orm/utils';
import type { RawResult } from './query.ts';

interface Fields {
  readonly length: number;
}
type Joins = Record<string, boolean> | undefined;

// Drizzle's drivers share it and its types leave it out; the version is pinned, and every query of the tests passes here.
const { mapResultRow } = drizzleUtils as unknown as {
  mapResultRow(fields: Fields, row: unknown[], joins: Joins): unknown;
};

/** A built query: its text, and how its rows become what the builder promised. Selects hand it their joins. */
class BuiltQuery {
  joinsNotNullableMap: Joins;
  readonly #query: Query;
  readonly #fields: Fields | undefined;

  constructor(query: Query, fields: Fields | undefined) {
    this.#query = query;
    this.#fields = fields;
  }

  getQuery(): Query {
    return this.#query;
  }

  /** Selects hand on the token of a driver's session, of which there is none. */
  setToken(): this {
    return this;
  }

  mapResult(result: RawResult): unknown {
    const fields = this.#fields;
    if (fields === undefined) return result;
    return result.rows.map((row) => mapResultRow(fields, row, this.joinsNotNullableMap));
  }
}

/** Drizzle's session without a driver: it builds, and the database port runs a batch of what was built. */
class BuildingSession extends PgSession {
  override prepareQuery(query: Query, fields: Fields | undefined): never {
    return new BuiltQuery(query, fields) as never;
  }

  override transaction(): never {
    throw new TypeError('a transaction is one batch of the database port');
  }
}

export const queryBuilder = (dialect: PgDialect): PgDatabase<PgQueryResultHKT> =>
  new PgDatabase(dialect, new BuildingSession(dialect), undefined);
