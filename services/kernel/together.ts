import { type SQL, sql } from 'drizzle-orm';
import { run, type Statement } from './query.ts';

/** A write that leans on none of those with which it makes one statement: each sees the database as it was before. */
export interface Write {
  /** `insert`, `update` or `delete` without `returning`. */
  sql: SQL;
  /** How many rows it must hit, and what they are; other than that rolls all back. */
  guard?: { rows: number; what: string };
  /** What a dry run tells of it, where that is known before it runs. */
  counted?: { table: string; rows: number };
}

/**
 * Where a write may go: into the statement of the roots, which runs before all others; into the last one, because it
 * follows on one of those; or into either.
 */
export type Place = 'first' | 'last' | 'either';

/**
 * Writes as one statement. A guarded one that does not hit what it should raises SQLSTATE 40001, before any of the
 * unguarded ones runs.
 */
export function together(writes: readonly Write[]): Statement<null> {
  const counted = Object.fromEntries(writes.flatMap(({ counted: each }) => (each ? [[each.table, each.rows]] : [])));
  const name = (i: number) => sql.raw(`w${i}`);
  const expressions = writes.map(
    ({ sql: write, guard }, i) => sql`${name(i)} as (${write}${sql.raw(guard === undefined ? '' : ' returning 1')})`,
  );
  const guards = writes.flatMap(({ guard }, i) =>
    guard === undefined
      ? []
      : [sql`public.require_rows((select count(*) from ${name(i)}), ${guard.rows}::bigint, ${guard.what})`],
  );
  const [alone] = writes;
  const whole =
    alone !== undefined && writes.length === 1 && guards.length === 0
      ? alone.sql
      : sql`with ${sql.join(expressions, sql`, `)} select ${guards.length === 0 ? sql`1` : sql.join(guards, sql`, `)}`;
  return { ...run(whole), writes: counted };
}

/** Writes of a change that go into one statement with others of their place; by themselves they are one as well. */
export const hanging = (place: Place, writes: readonly Write[]): Statement<null> =>
  lately(() => ({ ...together(writes), hangs: { place, writes } }));

/** A statement that is put together when it is sent, if it is: most of those over rows become part of a larger one. */
export function lately<T>(build: () => Statement<T>): Statement<T> {
  let built: Statement<T> | undefined;
  const whole = (): Statement<T> => {
    built ??= build();
    return built;
  };
  return {
    get text() {
      return whole().text;
    },
    get params() {
      return whole().params;
    },
    get writes() {
      return whole().writes;
    },
    get hangs() {
      return whole().hangs;
    },
    read: (result) => whole().read(result),
  };
}
