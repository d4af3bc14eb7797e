import { eq } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { invitation } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { type InvitationRow, invitationPayload } from './invitation-view.ts';

/** Withdraws an invitation; its token is void at once. @throws ServiceError not_found; conflict `invitation_used`. */
export const revokeInvitation = defineVerb({
  name: 'revokeInvitation',
  permission: 'admin.manage_users',
  target: ({ invitationId }: { invitationId: Id<'inv'> }) => ({ type: 'invitation', id: invitationId }),
  load: ({ invitationId }: { invitationId: Id<'inv'> }) => ({
    found: statement<InvitationRow[]>(qb.select().from(invitation).where(eq(invitation.id, invitationId))),
  }),
  decide({ found: [row] }, _input, { authority }) {
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'admin.manage_users', single: true });
    if (row === undefined) throw notFound();
    if (row.state === 'accepted') {
      throw new ServiceError('conflict', 'This invitation was accepted; remove the member instead.', {
        reason: 'invitation_used',
      });
    }
    if (row.state === 'revoked') return unchanged(permit, null);
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: invitation,
          what: 'invitation',
          loaded: row,
          set: { state: 'revoked' },
        },
      ],
      audit: {
        action: 'invitation.revoked',
        target: { type: 'invitation', id: row.id, label: row.email },
        changes: { state: ['pending', 'revoked'] },
      },
      events: [
        event({
          type: 'invitation.revoked',
          entity: row.id,
          audience: 'internal',
          payload: invitationPayload(row),
        }),
      ],
    });
  },
});
