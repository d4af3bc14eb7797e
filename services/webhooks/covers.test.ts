import { expect, test } from 'vitest';
import { hashId, idToUuid } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { covers } from './covers.ts';

test('who sees the tickets of an inbox alone is told of what happens to them, not of the statuses of the workspace', () => {
  const inboxId = hashId('inbox', ['support']);
  const grant = { scope: 'inbox', scopeId: idToUuid(inboxId), until: null, via: [] } as const;
  const authority = {
    grants: [
      { key: 'ticket.view_all', ...grant },
      { key: 'ticket.comment_internal', ...grant },
    ],
  } as Partial<Authority> as Authority;
  const places = { inboxIds: [inboxId], teamIds: null };
  expect(covers(authority, places, 'ticket.updated', 'internal')).toBe(true);
  expect(covers(authority, places, 'ticket_status.updated', 'internal')).toBe(false);
});
