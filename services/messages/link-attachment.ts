import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { writeFileToken } from '#services/files/file-token.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { attachmentById, readableFileOf } from './attachment-queries.ts';

const LINK_MINUTES = 10;

/** An address at which whoever asks can read a file for some minutes, and no longer than they may read its message. */
export const linkAttachment = defineRead({
  name: 'linkAttachment',
  permission: TICKET_VIEWS,
  load: ({ attachmentId }: { attachmentId: Id<'tatt'> }) => attachmentById(attachmentId),
  readOutside: async (_loaded, _input, _by, { filesOrigin }) => filesOrigin,
  decide(loaded, { attachmentId }, { authority, keys, now }, filesOrigin) {
    const { facts } = readableFileOf(loaded, authority);
    const { keyId, principalId } = authority;
    const expiresAt = new Date(Math.floor(now.getTime() / 1000) * 1000 + LINK_MINUTES * 60_000);
    const grant = keyId === null ? { principalId } : { keyId };
    const token = writeFileToken(keys, { attachmentId, grant, expiresAt });
    return unchanged(permitTicketView(authority, facts), {
      url: `${filesOrigin}/files/${token}`,
      expiresAt: expiresAt.toISOString(),
    });
  },
});
