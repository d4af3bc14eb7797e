import { isPostgresError, type PostgresError } from '#services/kernel/database.ts';

/** Contention, a lock not had, a cancel, a database that is away: none of them is the fault of an event. */
const PASSING = /^(40|55|57|53|08)/;

/** A sink fails on something in the data or in its own statement. */
export const isSinkFault = (error: unknown): error is PostgresError =>
  isPostgresError(error) && !PASSING.test(error.code);
