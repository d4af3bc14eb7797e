import type { Assignment } from './assignment-queries.ts';

export const isOwnerGrant = ({ role, grant }: Pick<Assignment, 'role' | 'grant'>): boolean =>
  role.key === 'owner' && grant.scopeKind === 'workspace';

/** A grant that makes its holder one of those who keep the workspace: owner, for good, and active. */
export const isPermanentOwner = ({ role, grant, holder }: Assignment): boolean =>
  isOwnerGrant({ role, grant }) &&
  grant.revokedAt === null &&
  grant.expiresAt === null &&
  holder.memberState === 'active';
