import type { Sink } from '#services/kernel/sink.ts';
import { webhookSink } from '#services/webhooks/fan-out.ts';

/** Where events go. A sink is one file of its area and one entry here; cursors of others stand still until they have both. */
export const SINKS: readonly Sink[] = [webhookSink];
