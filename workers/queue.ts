import { CONSUMERS } from '#queues/index.ts';
import { type QueueBatch, runBatch } from '#queues/run-batch.ts';
import { backgroundFacts } from './background-facts.ts';
import type { Context, Env } from './env.ts';
import { makeKernel } from './kernel.ts';
import { logFailure } from './log.ts';
import { fileStore, objectStore } from './object-store.ts';
import { makeOutbound } from './outbound.ts';

/** The queue door: the batch goes to the one consumer of its queue. */
export async function consume(batch: QueueBatch, env: Env, context: Context): Promise<void> {
  const consumer = CONSUMERS[batch.queue];
  if (consumer === undefined) throw new Error(`no consumer for the queue ${batch.queue}`);
  const kernel = makeKernel(env, context, backgroundFacts('queue'));
  const work = { kernel, outbound: makeOutbound(env), store: objectStore(env), files: fileStore(env) };
  await runBatch(batch, consumer, work, logFailure);
}
