import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { administers, memberById, memberView } from './member-queries.ts';

/** Reads somebody who is or was a member. @throws ServiceError not_found. */
export const getMember = defineRead({
  name: 'getMember',
  permission: 'team.view',
  load: ({ principalId }: { principalId: Id<'prin'> }) => ({ found: memberById(principalId) }),
  decide({ found: [row] }, _input, { authority, now }) {
    const permit = permitWorkspace(authority, 'team.view', { view: 'team.view', single: true });
    if (row === undefined) throw notFound();
    return unchanged(permit, memberView(row, administers(authority), now));
  },
});
