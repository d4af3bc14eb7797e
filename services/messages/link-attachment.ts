import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitAnywhere, permitTicketView } from '#services/access/permit.ts';
import { fileLink, LINK_MINUTES } from '#services/files/file-link.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { attachmentById, exportedFileOf, readableFileOf } from './attachment-queries.ts';

const EXPORTERS = ['org.export', 'ticket.export'] as const;
/** Of messages, and of what one has taken out. */
export const LINKERS = [...TICKET_VIEWS, ...EXPORTERS] as const;

/** An address at which whoever asks can read a file for some minutes, and no longer than they may read its message. */
export const linkAttachment = defineRead({
  name: 'linkAttachment',
  permission: LINKERS,
  load: ({ attachmentId }: { attachmentId: Id<'tatt'> }) => attachmentById(attachmentId),
  readOutside: async (_loaded, _input, _by, { filesOrigin }) => filesOrigin,
  decide(loaded, { attachmentId }, { authority, keys, now }, filesOrigin) {
    const exported = exportedFileOf(loaded, authority, now);
    const permit =
      exported === undefined
        ? permitTicketView(authority, readableFileOf(loaded, authority).facts)
        : permitAnywhere(authority, EXPORTERS);
    const { keyId, principalId } = authority;
    const expiresAt = exported?.expiresAt ?? new Date(now.getTime() + LINK_MINUTES * 60_000);
    const grant = keyId === null ? { principalId } : { keyId };
    return unchanged(permit, fileLink({ keys, filesOrigin }, { attachmentId, grant, expiresAt }));
  },
});
