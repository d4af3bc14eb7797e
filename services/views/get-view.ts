import type { View } from '#schema/api/views.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { viewById, viewView } from './view-queries.ts';

/** One view that the caller is offered. @throws ServiceError not_found, the same for absent and not offered. */
export const getView = defineRead({
  name: 'getView',
  permission: TICKET_VIEWS,
  load: ({ viewId }: { viewId: Id<'view'> }) => ({ found: viewById(viewId) }),
  decide({ found: [found] }, _input, { authority }) {
    const permit = permitShared(authority, 'view.manage', found?.view, 'see');
    if (found === undefined) throw notFound();
    return unchanged<View>(permit, viewView(found));
  },
});
