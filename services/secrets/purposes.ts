/** What a key derived from `MASTER_KEY` is for. One use, one purpose: a text sealed for one does not open for another. */
export const KEY_PURPOSES = [
  'platform-credentials',
  'installation-token',
  'target-secret',
  'oauth-verifier',
  'webhook-secret',
  'webhook-headers',
  'widget-identity',
  'oauth-state',
  'mail-reply',
  'mail-unsubscribe',
  'mail-own',
  'github-marker',
  'attachment-link',
  'rating-link',
  'content-file',
  'visitor-hash',
  'widget-grant',
  'widget-code',
  'audit-seal',
  'cursor',
  'mcp-confirm',
] as const;

export type KeyPurpose = (typeof KEY_PURPOSES)[number];
