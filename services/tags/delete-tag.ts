import { type Id, newId } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { jobWake } from '#services/bulk/bulk-job.ts';
import { carrierQueries, dropTag, type Retagging, retag } from '#services/bulk/retag-tickets.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { causeOf } from '#services/tickets/edit-ticket.ts';
import { none } from '#services/tickets/ticket-queries.ts';
import { type TagRow, tagById, tagView } from './tag-row.ts';

export interface DeleteTicketTagInput {
  tagId: Id<'ttag'>;
  /** The tag that its tickets carry instead. */
  mergeInto: Id<'ttag'> | undefined;
  ifMatch: VersionGuard | null;
}

/**
 * Deletes a tag, or merges it into another. Up to 200 tickets change with it; more are left to a job, and the tag goes
 * when none carries it any more.
 * @throws ServiceError forbidden; not_found; stale_version; unprocessable `unknown_reference`.
 */
export const deleteTicketTag = defineVerb({
  name: 'deleteTicketTag',
  permission: 'ticket_field.manage',
  load: ({ tagId, mergeInto }: DeleteTicketTagInput) => ({
    found: tagById(tagId),
    target: mergeInto === undefined ? none<TagRow>() : tagById(mergeInto),
    ...carrierQueries(tagId),
  }),
  decide(loaded, { tagId, mergeInto, ifMatch }, by) {
    const { authority, now, ids } = by;
    const permit = permitWorkspace(authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: true });
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
    const { parts, more } = retag(loaded, retagging, { ...by, cause: causeOf(authority) });
    if (!more) {
      return change<{ jobId: Id<'bulk'> | null }>({
        ...parts,
        permit,
        answer: { jobId: null },
        writes: [...parts.writes, ...dropTag(retagging)],
        audit,
      });
    }
    const jobId = newId(ids, 'bulk');
    const { actorKind, actorId, actorLabel, apiKeyId } = actorOf(authority);
    return change<{ jobId: Id<'bulk'> | null }>({
      permit,
      answer: { jobId },
      writes: [
        statement(
          qb.insert(bulkJobs).values({
            id: jobId,
            kind: 'tag_change',
            actorKind,
            actorId,
            actorLabel,
            principalId: authority.principalId,
            apiKeyId: apiKeyId as Id<'key'> | null,
            params: { ...retagging },
            heartbeatAt: now,
            createdAt: now,
          }),
        ),
      ],
      audit: { ...audit, changes: { ...audit.changes, bulkJobId: [null, jobId] } },
      wakes: [jobWake(jobId)],
    });
  },
});
