import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Sink } from '#services/kernel/sink.ts';
import { setAside } from './set-aside.ts';
import { isSinkFault } from './sink-fault.ts';
import { lockCursors, sinkStatement, wakesOf } from './sink-statement.ts';

const TRIES = 3;
const MOST_ROUNDS = 50;

/**
 * A sink whose round failed takes its slice in halves until the one event that it fails on stands alone; that one is tried
 * three times and set aside, and the next event passes.
 */
export async function runSinkAlone(kernel: Kernel, sink: Sink, most: number): Promise<void> {
  let slice = most;
  let failures = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    try {
      const [, [resolved]] = await kernel.db.batch([lockCursors([sink.name]), sinkStatement(sink, slice, kernel.now)], {
        kind: 'commit',
      });
      if (resolved === undefined) return;
      await sink.follow?.(kernel, resolved.follow_up);
      if (resolved.wakes.length > 0) await kernel.waker.wake(wakesOf([resolved]));
      if (resolved.taken < slice) return;
      slice = Math.min(most, slice * 2);
      failures = 0;
    } catch (error) {
      if (!isSinkFault(error)) throw error;
      failures = slice === 1 ? failures + 1 : 0;
      slice = Math.max(1, Math.floor(slice / 2));
      if (failures < TRIES) continue;
      if ((await setAside(kernel, sink.name, error.code)) === 'standing') return;
      failures = 0;
    }
  }
}
