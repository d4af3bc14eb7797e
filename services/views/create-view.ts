import type * as z from 'zod';
import type { CreateViewBody, View } from '#schema/api/views.ts';
import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { savedViews } from '#schema/index.ts';
import { liveTeam, sharingOf } from '#services/access/offered.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitSharing } from '#services/access/permit.ts';
import type { Sharing } from '#services/access/sharing.ts';
import { change } from '#services/kernel/change.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireActive } from '#services/tickets/list-tickets.ts';
import { filterOfView, type ViewRoom, type ViewRow, viewRoom, viewView } from './view-queries.ts';

/**
 * Keeps a list of tickets under a name, for oneself or for others.
 * @throws ServiceError forbidden; invalid_request `sort_needs_active`; unprocessable `unknown_reference`, `limit_reached`.
 */
export const createView = defineVerb({
  name: 'createView',
  permission: TICKET_VIEWS,
  load: ({ teamId }: z.output<typeof CreateViewBody>, { auth }) => ({
    room: viewRoom(auth),
    teams: liveTeam(teamId),
  }),
  decide({ room, teams: found }, input, { authority, now, ids }) {
    const sharing = sharingOf(input, authority);
    const permit = permitSharing(authority, 'view.manage', sharing);
    requireActive(filterOfView(input), 'body');
    if (input.teamId !== undefined && found.length === 0) throw unknownReference('/teamId');
    requireRoom(room, sharing);
    const view: ViewRow = {
      id: newId(ids, 'view'),
      ...sharing,
      name: input.name,
      filter: input.filter,
      sort: input.sort,
      columns: input.columns,
      position: input.position,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    };
    return change<View>({
      permit,
      answer: viewView({ view, stale: false }),
      roots: [{ kind: 'insert', table: savedViews, row: view }],
      audit: {
        action: 'view.created',
        target: { type: 'view', id: view.id, label: view.name },
        changes: { name: [null, view.name], audience: [null, view.audience], filter: [null, view.filter] },
      },
    });
  },
});

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireRoom([room]: readonly ViewRoom[], { audience }: Sharing): void {
  const isPrivate = audience === 'private';
  if (!(isPrivate ? room?.privateFull : room?.sharedFull)) return;
  throw new ServiceError(
    'unprocessable',
    isPrivate ? 'You have 50 views already.' : 'There are 200 shared views already.',
    {
      reason: 'limit_reached',
    },
  );
}
