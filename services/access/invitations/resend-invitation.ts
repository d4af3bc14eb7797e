import { eq, sql } from 'drizzle-orm';
import type { InvitationWithLink } from '#schema/api/invitations.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { invitation } from '#schema/index.ts';
import { change } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { type Delivery, deliverInvitation } from './deliver-invitation.ts';
import { type InvitationRow, invitationView } from './invitation-view.ts';
import { requireOpen } from './require-open.ts';

const MOST_A_DAY = 5;
const DAY_MS = 86_400_000;

/**
 * Sends an open invitation once more; the token before it is void at once.
 * @throws ServiceError not_found; conflict `invitation_used`, `invitation_expired`; unprocessable `limit_reached` after five
 *   within 24 hours.
 */
export const resendInvitation = defineVerb({
  name: 'resendInvitation',
  permission: 'admin.manage_users',
  target: ({ invitationId }: { invitationId: Id<'inv'>; deliver: Delivery }) => ({
    type: 'invitation',
    id: invitationId,
  }),
  load: ({ invitationId }: { invitationId: Id<'inv'>; deliver: Delivery }, { now }) => ({
    found: statement<InvitationRow[]>(qb.select().from(invitation).where(eq(invitation.id, invitationId))),
    often: rows<{ often: boolean }>(sql`select exists (
      select from audit_events where target_id = ${idToUuid(invitationId)}::uuid and action = 'invitation.resent'
        and occurred_at > ${new Date(now.getTime() - DAY_MS).toISOString()}::timestamptz offset ${MOST_A_DAY - 1}) as often`),
  }),
  decide({ found: [row], often }, { deliver }, by) {
    const { authority, now } = by;
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'admin.manage_users', single: true });
    if (row === undefined) throw notFound();
    requireOpen(row, now);
    if (often[0]?.often === true) {
      throw new ServiceError('unprocessable', `An invitation is sent again at most ${MOST_A_DAY} times in 24 hours.`, {
        reason: 'limit_reached',
      });
    }
    const sent = { ...row, sendCount: row.sendCount + 1 };
    const delivered = deliverInvitation(sent, by, deliver);
    const lastSentAt = deliver === 'link' ? now : row.lastSentAt;
    return change<InvitationWithLink>({
      permit,
      answer: { ...invitationView({ ...sent, lastSentAt }, now), acceptUrl: delivered.acceptUrl },
      roots: [
        {
          kind: 'update',
          table: invitation,
          what: 'invitation',
          loaded: row,
          set: { sendCount: sent.sendCount, tokenHash: delivered.tokenHash, lastSentAt },
        },
      ],
      writes: delivered.writes,
      audit: {
        action: 'invitation.resent',
        target: { type: 'invitation', id: row.id, label: row.email },
        changes: { deliver: [null, deliver], token: { changed: true } },
      },
      wakes: delivered.wakes,
    });
  },
});
