import { type FieldError, REASONS, ServiceError } from '#schema/errors.ts';

/** @throws ServiceError unprocessable with every fault; the first one's code is the reason. */
export function refuseFields(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  const reason = REASONS.find((each) => each === first.code);
  throw new ServiceError('unprocessable', first.detail, { ...(reason === undefined ? {} : { reason }), errors });
}
