import { ServiceError } from '#schema/errors.ts';

/** That a list in a body is longer than the product allows. @throws ServiceError unprocessable `limit_reached`. */
export function requireAtMost(most: number, items: readonly unknown[], pointer: string): void {
  if (items.length <= most) return;
  const detail = `At most ${most} of these.`;
  throw new ServiceError('unprocessable', detail, {
    reason: 'limit_reached',
    errors: [{ in: 'body', pointer, code: 'limit_reached', detail }],
  });
}

/** A reference in a body that is absent or invisible: one text for both, so nothing is learnt by trying. */
export function unknownReference(pointer: string, where: 'body' | 'query' = 'body'): ServiceError {
  const detail = 'There is no such thing, or you may not see it.';
  return new ServiceError('unprocessable', detail, {
    reason: 'unknown_reference',
    errors: [{ in: where, pointer, code: 'unknown_reference', detail }],
  });
}
