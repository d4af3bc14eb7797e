import { createHash } from 'node:crypto';
import type { INVITATION_DELIVERIES } from '#schema/api/invitations.ts';
import { idToUuid, newId } from '#schema/ids.ts';
import { emailMessages } from '#schema/index.ts';
import type { ValueOf } from '#schema/values.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { acceptUrl, newInvitationToken } from './invitation-token.ts';
import type { InvitationRow } from './invitation-view.ts';

export type Delivery = ValueOf<typeof INVITATION_DELIVERIES>;

/** How an invitation reaches its person; any token before it is void. */
export interface Delivered {
  tokenHash: Uint8Array | null;
  acceptUrl: string | null;
  writes: Statement[];
  wakes: Wake[];
}

/**
 * As a link the token is made here and told once. As a mail it is made by whoever sends the mail, so that no secret lies in a
 * queue or a row; the row that wants the mail is part of the commit, the wake only hastens it.
 */
export function deliverInvitation(
  invitation: Pick<InvitationRow, 'id' | 'email' | 'sendCount'>,
  by: Pick<Deciding, 'ids' | 'now' | 'random' | 'deskUrl'>,
  delivery: Delivery,
): Delivered {
  if (delivery === 'link') {
    const { token, hash } = newInvitationToken(invitation.id, by.random);
    return { tokenHash: hash, acceptUrl: acceptUrl(by.deskUrl, token), writes: [], wakes: [] };
  }
  const refId = idToUuid(invitation.id);
  const dedupeKey = createHash('sha256').update(`invitation:${refId}:${invitation.sendCount}`).digest('hex');
  const mail = {
    id: newId(by.ids, 'mail'),
    direction: 'outbound',
    kind: 'invitation',
    state: 'queued',
    refId,
    recipientKind: 'agent',
    toAddress: invitation.email,
    dedupeKey,
    nextAttemptAt: by.now,
    createdAt: by.now,
    updatedAt: by.now,
  } as const;
  return {
    tokenHash: null,
    acceptUrl: null,
    writes: [statement(qb.insert(emailMessages).values(mail))],
    wakes: [{ queue: 'email', message: { kind: 'invitation', id: invitation.id } }],
  };
}
