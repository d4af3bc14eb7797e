import { ServiceError } from '#schema/errors.ts';
import { type InvitationRow, isOver } from './invitation-view.ts';

/** @throws ServiceError conflict `invitation_used`, `invitation_expired`; a withdrawn one is over as well. */
export function requireOpen(row: InvitationRow, now: Date): void {
  if (row.state === 'accepted')
    throw new ServiceError('conflict', 'This invitation was accepted.', { reason: 'invitation_used' });
  if (row.state === 'revoked' || isOver(row, now))
    throw new ServiceError('conflict', 'This invitation is over.', { reason: 'invitation_expired' });
}
