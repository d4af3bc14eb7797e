import type { SQL } from 'drizzle-orm';
import type { SINKS, ValueOf } from '#schema/values.ts';
import type { Kernel } from './run-verb.ts';

export type SinkName = ValueOf<typeof SINKS>;

/**
 * Something that events go to. The dispatcher gives it a slice of the stream and moves its cursor in the same statement, so
 * what it makes happens once, whoever dies when.
 */
export interface Sink {
  name: SinkName;
  /** Acts on the desk itself: events deeper than 5 are left out, so a loop of rules ends here. */
  acting: boolean;
  /**
   * Common table expressions over `slice`, which has the columns of `events`, and `place (position)`, the cursor before it.
   * Among them `wakes (queue, kind, id)`, messages worth sending, `id` as TypeID, and `follow_up (item jsonb)`, for `follow`.
   */
  resolve(at: { now: Date }): SQL;
  /** What is done after the commit and before the wakes. Whatever it leaves undone, the sink's consumer does. */
  follow?(kernel: Kernel, items: readonly unknown[]): Promise<void>;
}
