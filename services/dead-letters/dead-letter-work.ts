import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { replayStatement } from '#services/events/sink-statement.ts';
import { SINKS } from '#services/events/sinks.ts';
import type { DeadLetterKind } from '#services/kernel/open-dead-letters.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** What is known of the work behind a kind of dead letter. */
export interface DeadLetterWork {
  /** The tick finds it by itself, so a message that gave up tells nobody anything. */
  foundByTick?: true;
  /** Which of the references (text, in the relation `given (ref_id)`) still wait for somebody; left out, all do. */
  isOpen?: (ref: SQL) => SQL;
  /** Makes the work due again, on the present state. Doing it twice is doing it once. */
  rearm?: (refId: string, now: Date) => Statement[];
}

/** By kind; a kind that is missing is listed and has to be looked at by hand. */
export const DEAD_LETTER_WORK: Partial<Record<DeadLetterKind, DeadLetterWork>> = {
  events: { foundByTick: true },
  sla_wake: { foundByTick: true },
  delivery: { foundByTick: true },
  github_inbound: { foundByTick: true, rearm: rearmInbound },
  mail_inbound: { foundByTick: true, rearm: rearmInbound },
  fanout: {
    rearm(refId, now) {
      const [eventId = '', name = ''] = refId.split(':');
      const sink = SINKS.find((each) => each.name === name);
      return sink === undefined ? [] : [replayStatement(sink, sql`${idToUuid(eventId as Id<'evt'>)}::uuid`, now)];
    },
  },
  sink_standing: {
    rearm: (refId) => [run(sql`update event_sinks set retry_at = null where sink = ${refId}`)],
  },
  crashed: {
    rearm: (refId, now) => [
      run(sql`update deliveries set state = 'pending', reason = null, round = round + 1, attempts = 0, recovery = true,
        next_attempt_at = ${now}::timestamptz, ended_at = null
        where id = ${idToUuid(refId as Id<'dlv'>)}::uuid and state = 'dead'`),
    ],
  },
};

function rearmInbound(refId: string, now: Date): Statement[] {
  return [
    run(sql`update inbound_deliveries set state = 'received', attempts = 0, outcome = null, reason = null, processed_at = null,
      next_attempt_at = ${now}::timestamptz, updated_at = ${now}::timestamptz
      where id = ${idToUuid(refId as Id<'inbd'>)}::uuid and state = 'dead'`),
  ];
}
