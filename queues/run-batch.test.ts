import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { batchConsumer, type Consumer, eachConsumer, type Work } from './consumer.ts';
import { CONSUMERS } from './index.ts';
import { type QueueMessage, runBatch } from './run-batch.ts';

const Message = z.strictObject({ kind: z.literal('delivery'), id: z.string() });
// No consumer of these tests looks at what it works with.
const work = {} as Work;

function message(id: string, body: unknown = { kind: 'delivery', id }, attempts = 1) {
  const fate: string[] = [];
  const queued: QueueMessage = {
    id,
    body,
    attempts,
    ack: () => void fate.push('ack'),
    retry: (options) => void fate.push(`retry ${options?.delaySeconds}`),
  };
  return { queued, fate };
}

async function run(consumer: Consumer, messages: ReturnType<typeof message>[]) {
  const log = vi.fn();
  await runBatch({ queue: 'webhooks', messages: messages.map(({ queued }) => queued) }, consumer, work, log);
  return { fates: messages.flatMap(({ fate }) => fate), log };
}

test('a batch that runs through is acknowledged whole', async () => {
  const seen: string[][] = [];
  const consumer = batchConsumer({
    message: Message,
    runBatch: async (_, all) => void seen.push(all.map(({ id }) => id)),
  });
  const { fates, log } = await run(consumer, [message('a'), message('b')]);
  expect(fates).toEqual(['ack', 'ack']);
  expect(seen).toEqual([['a', 'b']]);
  expect(log).not.toHaveBeenCalled();
});

test('a batch that fails comes again, later each time, and is logged', async () => {
  const consumer = batchConsumer({ message: Message, runBatch: () => Promise.reject(new Error('down')) });
  const { fates, log } = await run(consumer, [message('a'), message('b', undefined, 2), message('c', undefined, 9)]);
  expect(fates).toEqual(['retry 2', 'retry 8', 'retry 300']);
  expect(log).toHaveBeenCalledOnce();
});

test('what is no message of this queue is logged and dropped, and does not hold up the rest', async () => {
  const consumer = batchConsumer({ message: Message, runBatch: async () => undefined });
  const { fates, log } = await run(consumer, [message('a', { kind: 'delivery' }), message('b', 'text'), message('c')]);
  expect(fates).toEqual(['ack', 'ack', 'ack']);
  expect(log).toHaveBeenCalledTimes(2);
});

test('a consumer of single messages decides each, and one that fails leaves the others alone', async () => {
  const consumer = eachConsumer({
    message: Message,
    async runEach(_, { id }) {
      if (id === 'b') throw new Error('poison');
      return id === 'c' ? { againAfterSeconds: 40 } : 'done';
    },
  });
  const { fates } = await run(consumer, [message('a'), message('b'), message('c'), message('d')]);
  expect(fates).toEqual(['ack', 'retry 2', 'retry 40', 'ack']);
});

test.each(Object.entries(CONSUMERS))('%s drops an id of another kind', (_, { message: schema }) => {
  expect(schema.safeParse({ kind: 'delivery', id: '' }).success).toBe(false);
  expect(schema.safeParse({ kind: 'nothing', id: 'x' }).success).toBe(false);
});
