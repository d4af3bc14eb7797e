import { sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { type PurgedRow, purgedColumns, purgedEvents, purgedRoots, purgeWrites } from './purge-writes.ts';

const PURGED_AT_ONCE = 200;
/** Database time for one night; the rest waits for the next. */
const MOST_MILLISECONDS = 20_000;

/** Ends what has been in the trash for `purge_after_days`, the longest first. Answers how many. */
export async function purgeDeleted(kernel: Kernel): Promise<number> {
  const started = kernel.db.spent.milliseconds;
  for (let purged = 0; ; ) {
    const round = await runSystemVerb(kernel, purgeChunk, {}, systemActor());
    purged += round;
    if (round < PURGED_AT_ONCE || kernel.db.spent.milliseconds - started > MOST_MILLISECONDS) return purged;
  }
}

const purgeChunk = defineSystemVerb({
  name: 'purgeDeleted',
  actor: 'system',

  load(_input: Record<never, never>, { now }) {
    const due = sql`select d.id from tickets d where d.deleted_at <= ${now.toISOString()}::timestamptz
      - make_interval(days => (select purge_after_days from ticket_settings)) order by d.deleted_at, d.id limit ${PURGED_AT_ONCE}`;
    return {
      // A target takes its sources along, wherever the limit falls.
      gone: statement<PurgedRow[]>(
        qb
          .select(purgedColumns)
          .from(tickets)
          .where(
            sql`${tickets.id} in (with due as materialized (${due})
              select id from due union all select m.id from tickets m join due on m.merged_into_id = due.id)`,
          ),
      ) as Statement<PurgedRow[]>,
    };
  },

  decide({ gone }, _input, { now }) {
    const permit = systemPermit('retention');
    if (gone.length === 0) return unchanged(permit, 0);
    const ids = `{${gone.map(({ id }) => idToUuid(id)).join(',')}}`;
    return change({
      permit,
      answer: gone.length,
      roots: purgedRoots(gone),
      writes: [
        run(sql`insert into audit_events (action, actor_kind, actor_label, target_type, target_id, target_label, surface, occurred_at)
          select 'ticket.purged', 'system', 'Mallard', 'ticket', id, '#' || number, 'cron', ${now.toISOString()}::timestamptz
          from tickets where id = any (${ids}::uuid[])`),
        ...purgeWrites(gone, now),
      ],
      audit: null,
      events: purgedEvents(gone),
    });
  },
});
