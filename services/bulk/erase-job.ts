import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contacts } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { contactKind } from '#services/contacts/contact-kind.ts';
import { touched } from '#services/directory/change-record.ts';
import { selectRecords } from '#services/directory/record-queries.ts';
import { eraseHistory } from '#services/erasure/erase-history.ts';
import { eraseTexts, ticketsToErase } from '#services/erasure/erase-texts.ts';
import { Erasure } from '#services/erasure/erasure.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change, event } from '#services/kernel/change.ts';
import { run } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { blankHistory } from '#services/people/blank-history.ts';
import { type BulkJob, countChunk } from './bulk-job.ts';

/** Tells that it is done; of who it was the job keeps nothing but the receipt. */
const finish = defineSystemVerb({
  name: 'finishErasure',
  actor: 'system',
  load: ({ erasure }: { jobId: Id<'bulk'>; erasure: Erasure }) => ({
    found: selectRecords(contactKind, { where: sql`${contacts.id} = ${idToUuid(erasure.contacts[0] as Id)}::uuid` }),
  }),
  decide({ found }, { jobId, erasure: { contacts: all, people, messages } }, { now }) {
    return change({
      permit: systemPermit('bulk_job'),
      answer: null,
      roots: found.map((known) => touched(contactKind, known)),
      writes: [
        run(sql`update bulk_jobs set params = ${JSON.stringify({ contacts: all, people, words: [], messages })}::jsonb
          || jsonb_build_object('receipt', coalesce(params -> 'receipt', '{}')) where id = ${idToUuid(jobId)}::uuid`),
        countChunk(jobId, 0, true, now),
      ],
      events: found.map(({ row: { id } }) =>
        event({ type: 'contact.erased', entity: id, audience: 'internal', payload: { contactId: id } }),
      ),
      // The erasure was audited when it was asked for.
      audit: null,
    });
  },
});

/**
 * Goes on with an erasure: first the tickets, then history, round by round until nothing of them is found. Every round is
 * safe to repeat, so one that was killed is simply run again.
 */
export async function eraseOfJob(kernel: Kernel, job: BulkJob): Promise<BulkJob | undefined> {
  const erasure = Erasure.parse(job.params);
  const { db, now } = kernel;
  const [tickets] = await db.batch([ticketsToErase(erasure)], { kind: 'load' });
  if (tickets.length > 0) {
    const texts = eraseTexts(job.id, erasure, tickets, now);
    await db.batch([...texts, countChunk(job.id, tickets.length, false, now)], { kind: 'commit' });
    return job;
  }
  const history = [
    ...eraseHistory(job.id, erasure, now),
    ...blankHistory([...erasure.people, ...erasure.contacts], now),
  ];
  const rounds = await db.batch([...history, countChunk(job.id, 0, false, now)], { kind: 'commit' });
  const blanked = (rounds.slice(0, history.length) as { blanked: number }[][]).flat();
  if (blanked.some((round) => round.blanked > 0)) return job;
  await runSystemVerb(kernel, finish, { jobId: job.id, erasure }, systemActor());
  return undefined;
}
