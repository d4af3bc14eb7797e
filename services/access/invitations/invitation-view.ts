import type { Invitation } from '#schema/api/invitations.ts';
import type { EventPayload } from '#schema/events.ts';
import type { invitation } from '#schema/index.ts';

export type InvitationRow = typeof invitation.$inferSelect;

export const isOver = ({ expiresAt }: Pick<InvitationRow, 'expiresAt'>, now: Date): boolean => expiresAt <= now;

export const invitationView = (row: InvitationRow, now: Date): Invitation => ({
  id: row.id,
  email: row.email,
  name: row.name,
  roleId: row.roleId,
  roleDays: row.roleDays,
  teamIds: row.teamIds,
  note: row.note,
  state: row.state === 'pending' && isOver(row, now) ? 'expired' : row.state,
  invitedBy: row.invitedByPrincipalId,
  acceptedBy: row.acceptedPrincipalId,
  acceptedAt: row.acceptedAt?.toISOString() ?? null,
  lastSentAt: row.lastSentAt?.toISOString() ?? null,
  expiresAt: row.expiresAt.toISOString(),
  createdAt: row.createdAt.toISOString(),
});

export const invitationPayload = (row: InvitationRow): EventPayload<'invitation.revoked'> => ({
  invitationId: row.id,
  email: row.email,
  roleId: row.roleId,
  teamIds: row.teamIds,
  invitedBy: row.invitedByPrincipalId,
  expiresAt: row.expiresAt.toISOString(),
});
