import { ServiceError } from '#schema/errors.ts';
import type { principal } from '#schema/index.ts';

/** Of the desk now, working or suspended. @throws ServiceError unprocessable `target_not_member`. */
export function requireMember({ memberState }: Pick<typeof principal.$inferSelect, 'memberState'>): void {
  if (memberState === 'active' || memberState === 'suspended') return;
  throw new ServiceError('unprocessable', 'They are not a member of the desk.', { reason: 'target_not_member' });
}
