import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { rows, type Statement } from './query.ts';

type Taken = { taken: boolean };

/** Whether there is such a row. The unique index decides in the commit; this is for a dry run, which has none. */
export const takenQuery = (twin: SQL): Statement<Taken[]> => rows<Taken>(sql`select exists (${twin}) as taken`);

/** @throws ServiceError conflict `name_taken`. */
export function requireFree([found]: readonly Taken[]): void {
  if (found?.taken === true) throw new ServiceError('conflict', 'This is taken already.', { reason: 'name_taken' });
}
