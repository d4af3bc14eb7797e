import { ServiceError } from '#schema/errors.ts';
import type { IssuerRow } from './issuer-queries.ts';

/** A disabled issuer stays as it was; to trust it again it is made anew. @throws ServiceError conflict. */
export function requireTrusted({ disabledAt }: IssuerRow): void {
  if (disabledAt === null) return;
  throw new ServiceError('conflict', 'This issuer is disabled; make it anew to trust it again.');
}
