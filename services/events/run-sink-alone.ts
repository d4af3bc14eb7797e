import { sql } from 'drizzle-orm';
import { rows } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Sink, SinkName } from '#services/kernel/sink.ts';
import { setAside } from './set-aside.ts';
import { isSinkFault, isTooSlow } from './sink-fault.ts';
import { lockCursors, type Resolved, sinkStatement, wakesOf } from './sink-statement.ts';

const TRIES = 3;
const MOST_ROUNDS = 50;

/**
 * A sink whose round failed takes its slice in halves until the one event that it fails on stands alone; that one is tried
 * three times and set aside, and the next event passes.
 */
export async function runSinkAlone(kernel: Kernel, sink: Sink, most: number): Promise<void> {
  let slice = most;
  let failures = 0;
  let failedAt = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    let resolved: Resolved | undefined;
    try {
      [, [resolved]] = await kernel.db.batch([lockCursors([sink.name]), sinkStatement(sink, slice, kernel.now)], {
        kind: 'commit',
      });
    } catch (error) {
      if (!isSinkFault(error) && !(isTooSlow(error) && slice > 1)) throw error;
      failures = slice === 1 ? failures + 1 : 0;
      slice = Math.max(1, Math.floor(slice / 2));
      if (failures === 1) failedAt = await cursorOf(kernel, sink.name);
      if (failures < TRIES) continue;
      if ((await setAside(kernel, sink.name, failedAt, error.code)) === 'standing') return;
      failures = 0;
      continue;
    }
    if (resolved === undefined) return;
    await sink.follow?.(kernel, resolved.follow_up);
    if (resolved.wakes.length > 0) await kernel.waker.wake(wakesOf([resolved]));
    if (resolved.taken < slice) return;
    slice = Math.min(most, slice * 2);
    failures = 0;
  }
}

async function cursorOf(kernel: Kernel, sink: SinkName): Promise<number> {
  const query = rows<{ position: number }>(sql`select position::float8 from event_sinks where sink = ${sink}`);
  const [[cursor]] = await kernel.db.batch([query], { kind: 'load' });
  return cursor?.position ?? 0;
}
