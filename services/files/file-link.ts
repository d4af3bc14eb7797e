import type { AttachmentLink } from '#schema/api/messages.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { type FileToken, writeFileToken } from './file-token.ts';

export const LINK_MINUTES = 10;

/** The address at which a token opens its file, and when it ends, in whole seconds as the token says it. */
export function fileLink(
  { keys, filesOrigin }: { keys: KeyRing; filesOrigin: string },
  { expiresAt, ...token }: FileToken,
): AttachmentLink {
  const end = new Date(Math.floor(expiresAt.getTime() / 1000) * 1000);
  return {
    url: `${filesOrigin}/files/${writeFileToken(keys, { ...token, expiresAt: end })}`,
    expiresAt: end.toISOString(),
  };
}
