import { and, isNull, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { run, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding, Loaded } from '#services/kernel/verb.ts';
import { type LoadedSla, slaOn } from '#services/sla/sla-on.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import { type Cause, changeTicket } from '#services/tickets/change-ticket.ts';
import { matchFactsOf } from '#services/tickets/match-facts.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { byName, type TicketTag } from '#services/tickets/ticket-tags.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { CHUNK_ITEMS, countChunk } from './bulk-job.ts';
import type { ChunkOfLeftOver } from './left-over.ts';

const carries = (tagId: Id<'ttag'>): SQL =>
  and(
    isNull(tickets.deletedAt),
    sql`exists (select from ticket_tag_links l where l.ticket_id = ${tickets.id} and l.tag_id = ${idToUuid(tagId)}::uuid)`,
  ) as SQL;

/** The first tickets that carry a tag, and one more than are changed at once. */
export const carrierQueries = (tagId: Id<'ttag'>, atOnce: number) => ({
  carriers: statement(
    selectTickets()
      .where(carries(tagId))
      .orderBy(tickets.id)
      .limit(atOnce + 1),
  ) as Statement<TicketRow[]>,
  slaConfig: slaConfigQuery(),
  slaStates: slaStatesQuery(
    sql`select ${tickets.id} from ${tickets} where ${carries(tagId)} order by ${tickets.id} limit ${atOnce}`,
  ),
});

type Carriers = Loaded<ReturnType<typeof carrierQueries>>;

export interface Retagging {
  tagId: Id<'ttag'>;
  /** What they carry instead; nothing when null. */
  into: TicketTag | null;
}

/** Takes a tag from a chunk of tickets, each under its guard and with its own history; `more` says that some are left. */
export function retag(
  { carriers, slaConfig, slaStates }: Carriers,
  { tagId, into }: Retagging,
  by: Deciding & { cause: Cause; atOnce: number },
) {
  const chunk = carriers.slice(0, by.atOnce);
  const changes = chunk.map((before) => {
    const kept = before.tags.filter(({ id }) => id !== tagId && id !== into?.id);
    const after: TicketRow = {
      ...before,
      ticket: { ...before.ticket, lastActivityAt: by.now },
      tags: into === null ? kept : [...kept, into].sort(byName),
    };
    const loaded: LoadedSla = { config: slaConfig, state: slaStates.get(before.ticket.id) ?? null };
    return changeTicket<null>({
      permit: systemPermit('bulk_job'),
      before,
      after,
      cause: by.cause,
      sla: slaOn({
        cause: 'fields',
        before: before.ticket,
        after: after.ticket,
        about: matchFactsOf(after),
        aboutBefore: matchFactsOf(before),
        loaded,
        now: by.now,
        ids: by.ids,
        reference: ticketReference({ ticket: { ...after.ticket, version: before.ticket.version + 1 } }, by.deskUrl),
      }),
      audit: { action: 'ticket.tagged' },
      deskUrl: by.deskUrl,
      answer: () => null,
    });
  });
  return { parts: mergeChanges(changes), done: chunk.length, more: carriers.length > by.atOnce };
}

/**
 * The end of a tag that no live ticket carries; deleted tickets lose it silently, because they tell nobody. Jobs on their way
 * to it go on to its heir. Of two jobs that end one tag, the later finds that it is gone.
 */
export function dropTag({ tagId, into }: Retagging, byJob = false): Statement[] {
  const tag = sql`${idToUuid(tagId)}::uuid`;
  const trashed = sql`select l.ticket_id from ticket_tag_links l join tickets t on t.id = l.ticket_id
    where l.tag_id = ${tag} and t.deleted_at is not null`;
  return [
    ...(into === null
      ? []
      : [
          run(sql`insert into ticket_tag_links (ticket_id, tag_id)
            select ticket_id, ${idToUuid(into.id)}::uuid from (${trashed}) trashed on conflict do nothing`),
        ]),
    run(sql`delete from ticket_tag_links where tag_id = ${tag} and ticket_id in (${trashed})`),
    run(sql`with gone as (
        delete from ticket_tags where id = ${tag} and not exists (select from ticket_tag_links where tag_id = ${tag}) returning 1),
      sent_on as (
        update bulk_jobs set params = jsonb_set(params, '{into}', ${JSON.stringify(into)}::jsonb)
        where kind = 'tag_change' and state in ('queued', 'running') and params #>> '{into,id}' = ${tagId})
      select public.require_rows((select count(*) from gone), ${byJob ? sql`(select count(*) from ticket_tags where id = ${tag})` : sql.raw('1')}, 'ticket tag')`),
  ];
}

/** One chunk of the tickets that carry a tag which is to go. */
export const retagTickets: ChunkOfLeftOver = ({ many, slaConfig, slaStates }, { id: jobId, params }, by) => {
  const retagging = params as { tagId: Id<'ttag'>; into: TicketTag | null };
  const { parts, done } = retag({ carriers: many, slaConfig, slaStates }, retagging, {
    ...{ ...by, cause: 'bulk', atOnce: CHUNK_ITEMS },
  });
  const more = done === CHUNK_ITEMS;
  return change({
    ...parts,
    permit: systemPermit('bulk_job'),
    answer: { more },
    writes: [...parts.writes, ...(more ? [] : dropTag(retagging, true)), countChunk(jobId, done, !more, by.now)],
    activity: parts.activity.map((entry) => ({ ...entry, bulkJobId: jobId })),
    // Who deleted the tag is in the audit of that request; what the job does stands in the activity of each ticket.
    audit: null,
  });
};
