import { type SQL, sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import { keyAuthority, keyCtes } from '#services/access/api-keys/key-queries.ts';
import type { Authority } from '#services/access/authority.ts';
import { membersCte } from '#services/access/authority-sql.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { BulkJob } from './bulk-job.ts';

/** In whose name a job acts. */
export const askerOf = ({ actorKind, actorId, actorLabel, apiKeyId }: BulkJob): ActorRow => ({
  actorKind,
  actorId,
  actorLabel,
  apiKeyId,
});

/** What whoever asked may do by now, and never more than they might when they asked. */
export function askersAuthority(job: BulkJob, now: Date): Statement<(job: BulkJob) => Authority | undefined> {
  const query = job.apiKeyId === null ? memberAuthorityQuery(job.principalId, now) : keyAuthority(job.apiKeyId, now);
  return {
    ...query,
    read: (result) => {
      const authority = query.read(result);
      return ({ params }) => {
        const { keys } = params as { keys: readonly string[] };
        return authority && { ...authority, grants: authority.grants.filter(({ key }) => keys.includes(key)) };
      };
    },
  };
}

/** The same as common table expressions that end in `auth`, for what whoever asked may see. */
export const askersAuth = ({ apiKeyId, principalId }: BulkJob, now: Date): SQL =>
  apiKeyId === null
    ? membersCte(sql`select ${principalId === null ? null : idToUuid(principalId)}::uuid`, now)
    : keyCtes(apiKeyId, now);
