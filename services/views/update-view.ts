import type * as z from 'zod';
import type { UpdateViewBody, View } from '#schema/api/views.ts';
import type { Id } from '#schema/ids.ts';
import { savedViews } from '#schema/index.ts';
import { liveTeam, sharingOf } from '#services/access/offered.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared, permitSharing } from '#services/access/permit.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { requireActive } from '#services/tickets/list-tickets.ts';
import { requireRoom } from './create-view.ts';
import { filterOfView, type ViewRow, viewById, viewRoom, viewView } from './view-queries.ts';

export interface UpdateViewInput {
  viewId: Id<'view'>;
  /** Absent keeps. */
  changes: Omit<z.output<typeof UpdateViewBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

const FIELDS = ['name', 'audience', 'teamId', 'filter', 'sort', 'columns', 'position'] as const;

/**
 * Changes a view, or to whom it is offered; a private one becomes the caller's own.
 * @throws ServiceError not_found; forbidden; stale_version; and as `createView`.
 */
export const updateView = defineVerb({
  name: 'updateView',
  permission: TICKET_VIEWS,
  load: ({ viewId, changes }: UpdateViewInput, { auth }) => ({
    found: viewById(viewId),
    room: viewRoom(auth),
    teams: liveTeam(changes.teamId),
  }),
  decide({ found: [before], room, teams }, { changes, ifMatch }, { authority, now }) {
    const permit = permitShared(authority, 'view.manage', before?.view, 'change');
    if (before === undefined) throw notFound();
    const { audience, teamId, ...fields } = changes;
    const sharing = audience === undefined ? {} : sharingOf({ audience, teamId }, authority);
    const after: ViewRow = { ...before.view, ...given(fields), ...sharing, updatedAt: now };
    permitSharing(authority, 'view.manage', after);
    requireVersion(ifMatch, before.view.version, viewView(before));
    requireActive(filterOfView(after), 'body');
    if (teamId !== undefined && teams.length === 0) throw unknownReference('/teamId');
    if ((before.view.audience === 'private') !== (after.audience === 'private')) requireRoom(room, after);
    const changed = fieldChanges(before.view, after, FIELDS).filter(
      ({ from, to }) => canonicalJson(from) !== canonicalJson(to),
    );
    if (changed.length === 0) return unchanged<View>(permit, viewView(before));
    after.version += 1;
    const { version, ownerPrincipalId } = after;
    const set = Object.fromEntries(FIELDS.map((field) => [field, after[field]]));
    return change<View>({
      permit,
      // What a filter names is looked up when the view is read.
      answer: viewView({ view: after, stale: before.stale && changes.filter === undefined }),
      roots: [
        {
          kind: 'update',
          table: savedViews,
          what: 'view',
          loaded: before.view,
          set: { ...set, ownerPrincipalId, version },
        },
      ],
      audit: {
        action: 'view.updated',
        target: { type: 'view', id: after.id, label: after.name },
        changes: auditChanges(changed),
      },
    });
  },
});
