import { UNIQUE_REASONS } from '#schema/constraints.ts';
import { ServiceError } from '#schema/errors.ts';
import { DatabaseUnreachable, isPostgresError } from './database.ts';

/** What the kernel does about a Postgres error: reload and decide again, answer it, or let it be the bug it is. */
export type PostgresVerdict =
  | { act: 'again'; most: number; otherwise: ServiceError }
  | { act: 'answer'; error: ServiceError }
  | { act: 'bug' };

const CONTENTION = new Set(['40001', '40P01', '55P03']);
const AWAY = /^(57014|57P0|53|08)/;

/** Errors by SQLSTATE, in this one place. A unique constraint that is not listed by its reason is a bug. */
export function verdictOf(error: unknown, retriedConstraints: readonly string[]): PostgresVerdict {
  if (!isPostgresError(error))
    return error instanceof DatabaseUnreachable ? { act: 'answer', error: away(error) } : { act: 'bug' };
  if (CONTENTION.has(error.code)) {
    const otherwise = new ServiceError('conflict', 'Others are changing this at the same moment; try again.', {
      reason: 'contention',
      retryAfterSeconds: 1,
      cause: error,
    });
    return { act: 'again', most: 3, otherwise };
  }
  if (error.code === '23503') {
    const otherwise = new ServiceError('conflict', 'Something this refers to has just gone.', {
      reason: 'reference_gone',
      cause: error,
    });
    return { act: 'again', most: 2, otherwise };
  }
  if (error.code === '23505') return uniqueVerdict(error.constraint ?? '', error, retriedConstraints);
  if (AWAY.test(error.code)) return { act: 'answer', error: away(error) };
  return { act: 'bug' };
}

function uniqueVerdict(constraint: string, error: Error, retried: readonly string[]): PostgresVerdict {
  const reason = UNIQUE_REASONS[constraint];
  if (reason === undefined && !retried.includes(constraint)) return { act: 'bug' };
  const taken = new ServiceError('conflict', 'This is taken already.', {
    ...(reason === undefined ? {} : { reason }),
    cause: error,
  });
  return retried.includes(constraint) ? { act: 'again', most: 3, otherwise: taken } : { act: 'answer', error: taken };
}

/** After a commit that was sent and not answered, the same idempotency key tells what happened. */
function away(cause: unknown): ServiceError {
  const unknown = cause instanceof DatabaseUnreachable && cause.duringCommit;
  const detail = unknown
    ? 'The database went out of reach while this was being written; ask again with the same Idempotency-Key.'
    : 'The database is out of reach; try again in a moment.';
  return new ServiceError('unavailable', detail, {
    retryAfterSeconds: 1,
    cause,
    ...(unknown ? { reason: 'outcome_unknown' as const } : {}),
  });
}
