import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { guard } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { viewById, viewView } from './view-queries.ts';

export interface DeleteViewInput {
  viewId: Id<'view'>;
  ifMatch: VersionGuard | null;
}

/** Deletes a view; no ticket changes by it. @throws ServiceError not_found; forbidden; stale_version. */
export const deleteView = defineVerb({
  name: 'deleteView',
  permission: TICKET_VIEWS,
  load: ({ viewId }: DeleteViewInput) => ({ found: viewById(viewId) }),
  decide({ found: [found] }, { ifMatch }, { authority }) {
    const permit = permitShared(authority, 'view.manage', found?.view, 'change');
    if (found === undefined) throw notFound();
    const { view } = found;
    requireVersion(ifMatch, view.version, viewView(found));
    return change({
      permit,
      answer: null,
      writes: [
        guard(
          sql`delete from saved_views where id = ${idToUuid(view.id)}::uuid and revision = ${view.revision}`,
          1,
          'view',
        ),
      ],
      audit: {
        action: 'view.deleted',
        target: { type: 'view', id: view.id, label: view.name },
        changes: { name: [view.name, null], audience: [view.audience, null], filter: [view.filter, null] },
      },
    });
  },
});
