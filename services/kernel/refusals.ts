import { ServiceError } from '#schema/errors.ts';

/** A reference in a body that is absent or invisible: one text for both, so nothing is learnt by trying. */
export function unknownReference(pointer: string, where: 'body' | 'query' = 'body'): ServiceError {
  const detail = 'There is no such thing, or you may not see it.';
  return new ServiceError('unprocessable', detail, {
    reason: 'unknown_reference',
    errors: [{ in: where, pointer, code: 'unknown_reference', detail }],
  });
}
