import { isPostgresError, type PostgresError } from '#services/kernel/database.ts';

/** Contention, a lock not had, a cancel, a database that is away: none of them is the fault of an event. */
const PASSING = /^(40|55|57|53|08)/;

/** A sink fails on something in the data or in its own statement. */
export const isSinkFault = (error: unknown): error is PostgresError =>
  isPostgresError(error) && !PASSING.test(error.code);

/** A statement ran into its time limit: a smaller slice may do, and one event alone is not to blame. */
export const isTooSlow = (error: unknown): error is PostgresError => isPostgresError(error) && error.code === '57014';
