import type { StartedJob } from '#schema/api/bulk.ts';
import type { Id } from '#schema/ids.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { carrierQueries, dropTag, type Retagging, retag } from '#services/bulk/retag-tickets.ts';
import { startJob } from '#services/directory/start-job.ts';
import { change } from '#services/kernel/change.ts';
import { none } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { causeOf } from '#services/tickets/edit-ticket.ts';
import { type TagRow, tagById, tagView } from './tag-row.ts';

export interface DeleteTicketTagInput {
  tagId: Id<'ttag'>;
  /** The tag that its tickets carry instead. */
  mergeInto: Id<'ttag'> | undefined;
  ifMatch: VersionGuard | null;
}

/** Tickets that one request changes; more are work for a job. */
const RETAGGED_AT_ONCE = 1000;

/**
 * Deletes a tag, or merges it into another. Up to 1,000 tickets change with it; more are left to a job, and the tag goes
 * when none carries it any more.
 * @throws ServiceError forbidden; not_found; stale_version; unprocessable `unknown_reference`.
 */
export const deleteTicketTag = defineVerb({
  name: 'deleteTicketTag',
  permission: 'ticket_field.manage',
  load: ({ tagId, mergeInto }: DeleteTicketTagInput) => ({
    found: tagById(tagId),
    target: mergeInto === undefined ? none<TagRow>() : tagById(mergeInto),
    ...carrierQueries(tagId, RETAGGED_AT_ONCE),
  }),
  decide(loaded, { tagId, mergeInto, ifMatch }, by) {
    const { authority } = by;
    const permit = permitWorkspace(authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: false });
    const [tag] = loaded.found;
    const [target] = loaded.target;
    if (tag === undefined) throw notFound();
    requireVersion(ifMatch, tag.version, tagView(tag));
    if (mergeInto !== undefined && (target === undefined || mergeInto === tagId)) throw unknownReference('/mergeInto');
    const retagging: Retagging = { tagId, into: target === undefined ? null : { id: target.id, name: target.name } };
    const audit = {
      action: target === undefined ? 'ticket_tag.deleted' : 'ticket_tag.merged',
      target: { type: 'ticket_tag', id: tagId, label: tag.name },
      changes: { name: [tag.name, target?.name ?? null] },
    };
    const { parts, more } = retag(loaded, retagging, { ...by, cause: causeOf(authority), atOnce: RETAGGED_AT_ONCE });
    if (!more) {
      return change<StartedJob | null>({
        ...parts,
        permit,
        answer: null,
        writes: [...parts.writes, ...dropTag(retagging)],
        audit,
      });
    }
    const { jobId, also } = startJob('tag_change', { ...retagging }, by);
    return change<StartedJob | null>({
      permit,
      answer: { jobId, kind: 'tag_change' },
      ...also,
      audit: { ...audit, changes: { ...audit.changes, jobId: [null, jobId] } },
    });
  },
});
