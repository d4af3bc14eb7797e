import { ServiceError } from '#schema/errors.ts';
import type { Status } from './status-machine.ts';

const FARTHEST_DAYS = 366;
const DAY_MS = 86_400_000;

/**
 * When a ticket is to wake by itself; null where no time is given.
 * @throws ServiceError unprocessable `wake_at_past`; `out_of_range` beyond 366 days or for a status that does not wait.
 */
export function wakeTime(wakeAt: string | null | undefined, to: Status, now: Date): Date | null {
  if (wakeAt === null || wakeAt === undefined) return null;
  const at = new Date(wakeAt);
  if (to.category !== 'pending' && to.category !== 'on_hold')
    throw outOfRange('Only what waits can wake: pending or on hold.');
  if (at <= now) {
    throw new ServiceError('unprocessable', 'The time to wake lies in the past.', { reason: 'wake_at_past' });
  }
  if (at.getTime() - now.getTime() > FARTHEST_DAYS * DAY_MS)
    throw outOfRange(`A ticket wakes within ${FARTHEST_DAYS} days.`);
  return at;
}

const outOfRange = (detail: string): ServiceError =>
  new ServiceError('unprocessable', detail, {
    reason: 'out_of_range',
    errors: [{ in: 'body', pointer: '/wakeAt', code: 'out_of_range', detail }],
  });
