import { type Id, parseId } from '#schema/ids.ts';
import { hashSecret, newSecret, toBase62 } from '../credential.ts';

const SECRET_CHARACTERS = 43;
const TOKEN = /^minv_([0-7][0-9a-hjkmnp-tv-z]{25})_([0-9A-Za-z]{43})$/;

/** A fresh token of an invitation, `minv_<id suffix>_<base62 of 32 random bytes>`, and what is stored of it. */
export function newInvitationToken(
  invitationId: Id<'inv'>,
  random: (bytes: Uint8Array) => Uint8Array,
): { token: string; hash: Uint8Array } {
  const secret = toBase62(newSecret(random), SECRET_CHARACTERS);
  return { token: `minv_${invitationId.slice('inv_'.length)}_${secret}`, hash: hashSecret(secret) };
}

/** `undefined` for what is no token of ours. */
export function readInvitationToken(token: string): { invitationId: Id<'inv'>; hash: Uint8Array } | undefined {
  const match = TOKEN.exec(token);
  return match === null
    ? undefined
    : { invitationId: parseId('inv', `inv_${match[1]}`), hash: hashSecret(match[2] ?? '') };
}

/** The token stands behind a #, so that no server on the way and no log gets it. */
export const acceptUrl = (deskUrl: string, token: string): string => `${deskUrl}/invitations/accept#${token}`;
