import { ServiceError } from '#schema/errors.ts';

const SHORTEST_MS = 5 * 60_000;
const LONGEST_MS = 366 * 86_400_000;

/** Five minutes to 366 days from now; null is for ever. @throws ServiceError unprocessable `out_of_range`. */
export function requireExpiryInRange(expiresAt: Date | null, now: Date): void {
  if (expiresAt === null) return;
  const ahead = expiresAt.getTime() - now.getTime();
  if (ahead >= SHORTEST_MS && ahead <= LONGEST_MS) return;
  const detail = 'A grant ends between five minutes and 366 days from now.';
  throw new ServiceError('unprocessable', detail, {
    reason: 'out_of_range',
    errors: [{ in: 'body', pointer: '/expiresAt', code: 'out_of_range', detail }],
  });
}

/** Whether a grant with `next` lasts beyond one with `before`; null is for ever. */
export const isLonger = (next: Date | null, before: Date | null): boolean =>
  before !== null && (next === null || next > before);
