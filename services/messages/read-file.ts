import { grantedAuthorityQuery } from '#services/access/granted-authority.ts';
import { notFound, publicPermit } from '#services/access/permit.ts';
import type { FileToken } from '#services/files/file-token.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { attachmentById, exportedFileOf, readableFileOf } from './attachment-queries.ts';

/**
 * The file behind a link, looked at as if it were asked for now: a link dies with its message, or with its holder's right.
 * @throws ServiceError not_found.
 */
export const readFile = defineSystemVerb({
  name: 'readFile',
  actor: 'system',
  load: ({ attachmentId, grant }: FileToken, { now }) => ({
    holder: grantedAuthorityQuery(grant, now),
    ...attachmentById(attachmentId),
  }),
  decide(loaded, _token, { now }) {
    if (loaded.holder === undefined) throw notFound();
    const exported = exportedFileOf(loaded, loaded.holder, now);
    return unchanged(publicPermit('file_link'), exported ?? readableFileOf(loaded, loaded.holder).file);
  },
});
