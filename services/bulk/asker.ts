import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { authorityOfEither, keyAuthority, keyCtes } from '#services/access/api-keys/key-queries.ts';
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

/** Never more than the credential could do when it asked: a token's own scopes end with the request. */
export function narrowed(authority: Authority | undefined, { params }: BulkJob): Authority | undefined {
  const { keys } = params as { keys: readonly string[] };
  return authority && { ...authority, grants: authority.grants.filter(({ key }) => keys.includes(key)) };
}

/** What whoever asked may do by now, and never more than they might when they asked. */
export function askersAuthority(job: BulkJob, now: Date): Statement<(job: BulkJob) => Authority | undefined> {
  const query = job.apiKeyId === null ? memberAuthorityQuery(job.principalId, now) : keyAuthority(job.apiKeyId, now);
  return {
    ...query,
    read: (result) => {
      const authority = query.read(result);
      return (asked) => narrowed(authority, asked);
    },
  };
}

/** The same by the id of the job, to be read beside it; not yet `narrowed`. */
export function authorityOfAsker(jobId: Id<'bulk'>, now: Date): Statement<Authority | undefined> {
  const asked = (column: string) => sql`(select ${sql.raw(column)} from bulk_jobs where id = ${idToUuid(jobId)}::uuid)`;
  return authorityOfEither(asked('api_key_id'), asked('principal_id'), now);
}

/** The same as common table expressions that end in `auth`, for what whoever asked may see. */
export const askersAuth = ({ apiKeyId, principalId }: BulkJob, now: Date): SQL =>
  apiKeyId === null
    ? membersCte(sql`select ${principalId === null ? null : idToUuid(principalId)}::uuid`, now)
    : keyCtes(apiKeyId, now);
