import type { Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';

/** Work of the minute tick. All probes run in one trip; only jobs with something to do cost more. */
export interface TickJob<Found = unknown> {
  name: string;
  /** Looks for what is due and not done. Reads an index, writes nothing. */
  probe(now: Date): Statement<Found>;
  /** Whether the probe found something; then `run` does it. */
  isDue(found: Found): boolean;
  run(kernel: Kernel, found: Found): Promise<void>;
}
