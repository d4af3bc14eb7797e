import type { MemberRow } from './member-queries.ts';

const ownerGrants = ({ grants }: MemberRow) =>
  grants.filter(({ roleKey, kind }) => roleKey === 'owner' && kind === 'workspace');

export const holdsOwner = (row: MemberRow): boolean => ownerGrants(row).length > 0;

/** One of those who keep the workspace: owner for good, and active. */
export const isPermanentOwner = (row: MemberRow): boolean =>
  row.member.memberState === 'active' && ownerGrants(row).some(({ expiresAt }) => expiresAt === null);
