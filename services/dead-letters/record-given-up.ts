import { sql } from 'drizzle-orm';
import { type DeadLetterKind, openDeadLetters } from '#services/kernel/open-dead-letters.ts';
import { run } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { QUEUE_KINDS } from '#services/kernel/wake.ts';
import { DEAD_LETTER_WORK } from './dead-letter-work.ts';

/** Lists messages that the queues gave up on, one row per kind and reference, in one trip. */
export async function recordGivenUp(
  kernel: Kernel,
  messages: readonly { kind: DeadLetterKind; id: string }[],
): Promise<void> {
  const statements = [...Map.groupBy(messages, ({ kind }) => kind)].flatMap(([kind, some]) => {
    const work = DEAD_LETTER_WORK[kind];
    if (work?.foundByTick === true) return [];
    const ids = JSON.stringify([...new Set(some.map(({ id }) => id))]);
    const found = sql`select ${kind}::text as kind, given.ref_id, ${queueOf(kind)}::text as queue, '{}'::jsonb as detail
      from jsonb_array_elements_text(${ids}::jsonb) as given (ref_id)
      where ${work?.isOpen?.(sql`given.ref_id`) ?? sql`true`}`;
    return [run(openDeadLetters(found, kernel.now))];
  });
  if (statements.length > 0) await kernel.db.batch(statements, { kind: 'commit' });
}

/** The message does not say where it came from; its kind does. */
const queueOf = (kind: DeadLetterKind): string | null =>
  Object.entries(QUEUE_KINDS).find(([, kinds]) => (kinds as readonly string[]).includes(kind))?.[0] ?? null;
