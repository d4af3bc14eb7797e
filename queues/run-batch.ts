import type { Consumer, Verdict, Work } from './consumer.ts';

/** A batch of the platform, as much of it as is used here. */
export interface QueueBatch {
  queue: string;
  messages: readonly QueueMessage[];
}

export interface QueueMessage {
  id: string;
  body: unknown;
  /** 1 for the first delivery. */
  attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** Where failures are told; the caller of a queue hears nothing else. */
export type Log = (message: string, error: unknown, facts: Record<string, unknown>) => void;

const FIRST_DELAY_SECONDS = 2;
const LONGEST_DELAY_SECONDS = 300;

/**
 * Parses, runs, and decides each message's fate; nothing else does. What is no message of this queue is logged and dropped:
 * no repetition would cure it. What fails comes again with a growing delay, until the platform moves it to `dead-letters`.
 */
export async function runBatch(batch: QueueBatch, consumer: Consumer, work: Work, log: Log): Promise<void> {
  const parsed = batch.messages.flatMap((message) => {
    const result = consumer.message.safeParse(message.body);
    if (result.success) return [{ message, body: result.data }];
    log('queue message dropped', result.error, { queue: batch.queue, messageId: message.id });
    message.ack();
    return [];
  });
  if (parsed.length === 0) return;
  const settle = async (some: readonly QueueMessage[], run: () => Promise<Verdict>): Promise<void> => {
    try {
      const verdict = await run();
      for (const message of some) {
        if (verdict === 'done') message.ack();
        else message.retry({ delaySeconds: verdict.againAfterSeconds });
      }
    } catch (error) {
      log('queue messages failed', error, { queue: batch.queue, messageIds: some.map((message) => message.id) });
      for (const message of some) message.retry({ delaySeconds: delayOf(message.attempts) });
    }
  };
  if ('runBatch' in consumer) {
    const all = parsed.map(({ message }) => message);
    await settle(all, async () => {
      await consumer.runBatch(
        work,
        parsed.map(({ body }) => body),
      );
      return 'done';
    });
    return;
  }
  for (const { message, body } of parsed) await settle([message], () => consumer.runEach(work, body));
}

const delayOf = (attempts: number): number =>
  Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 4 ** (attempts - 1));
