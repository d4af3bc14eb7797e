import * as z from 'zod';
import { idSchema } from '#schema/id-schema.ts';
import { type Id, newId } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import type { Also } from '#services/directory/change-record.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';

/** Whom a job brings into an organisation, as it is told. */
export const ContactsToAttach = z.union([
  z.object({ organizationId: idSchema('org'), domain: z.string() }),
  z.object({ organizationId: idSchema('org'), from: idSchema('org') }),
]);
export type ContactsToAttach = z.output<typeof ContactsToAttach>;

type Making = Pick<Deciding, 'now' | 'ids'>;

/** People with a proved address at a domain who belong nowhere, and of whom nobody said where: a job takes them in. */
export const attachContacts = (who: { organizationId: Id<'org'>; domain: string }, by: Making, actor: ActorRow): Also =>
  attachJob(who, by, actor);

/** The people of an organisation that was merged: a job moves them. */
export const moveContacts = (who: { organizationId: Id<'org'>; from: Id<'org'> }, by: Making, actor: ActorRow): Also =>
  attachJob(who, by, actor);

function attachJob(params: ContactsToAttach, { now, ids }: Making, actor: ActorRow): Also {
  const id = newId(ids, 'bulk');
  const { actorKind, actorId, actorLabel } = actor;
  const job = { id, kind: 'attach_contacts', actorKind, actorId, actorLabel, params, heartbeatAt: now, createdAt: now };
  return {
    writes: [statement(qb.insert(bulkJobs).values(job as typeof bulkJobs.$inferInsert))],
    wakes: [{ queue: 'events', message: { kind: 'bulk_job', id } }],
  };
}
