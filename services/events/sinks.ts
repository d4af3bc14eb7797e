import type { Sink } from '#services/kernel/sink.ts';
import { webhookSink } from '#services/webhooks/fan-out.ts';

/** Where events go. A sink is one file of its area and one entry here; cursors of others go along (`keep-up.ts`) until they have both. */
export const SINKS: readonly Sink[] = [webhookSink];
