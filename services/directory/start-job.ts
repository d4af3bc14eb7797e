import { type Id, newId } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { Also } from './change-record.ts';

/** A job that goes on after the commit, in the name of whoever asked for it. */
export function startJob(
  kind: (typeof bulkJobs.$inferSelect)['kind'],
  params: Record<string, unknown>,
  { now, ids, authority }: Pick<Deciding, 'now' | 'ids'> & { authority: Authority },
): { jobId: Id<'bulk'>; also: Also } {
  const id = newId(ids, 'bulk');
  const { actorKind, actorId, actorLabel } = actorOf(authority);
  const asker = { principalId: authority.principalId, apiKeyId: authority.keyId };
  const keys = [...new Set(authority.grants.map(({ key }) => key))];
  const row = {
    id,
    kind,
    actorKind,
    actorId,
    actorLabel,
    ...asker,
    params: { ...params, keys },
    heartbeatAt: now,
    createdAt: now,
  };
  return {
    jobId: id,
    also: {
      writes: [statement(qb.insert(bulkJobs).values(row))],
      wakes: [{ queue: 'events', message: { kind: 'bulk_job', id } }],
    },
  };
}
