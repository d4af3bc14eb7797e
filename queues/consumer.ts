import type * as z from 'zod';
import type { ObjectStore } from '#services/inbound/object-store.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import type { FileStore } from '#services/storage/file-store.ts';

/** What consumers work with; made once per batch by the door. */
export interface Work {
  kernel: Kernel;
  outbound: Outbound;
  store: ObjectStore;
  files: FileStore;
}

/** Done, or to be handed over again after so many seconds. A throw means again, with a growing delay. */
export type Verdict = 'done' | { againAfterSeconds: number };

/** Works through one batch as a whole: the messages are wake-ups, and what is due says Postgres. */
export interface BatchConsumer<Message = unknown> {
  message: z.ZodType<Message>;
  runBatch(work: Work, messages: readonly Message[]): Promise<void>;
}

/** Works on one message at a time: each names one thing, and one that fails leaves the others alone. */
export interface EachConsumer<Message = unknown> {
  message: z.ZodType<Message>;
  runEach(work: Work, message: Message): Promise<Verdict>;
}

export type Consumer = BatchConsumer | EachConsumer;

/** Ties what `run…` gets to what `message` parses; the registry has lost that tie, and `run-batch.ts` restores it. */
export const batchConsumer = <Message>(consumer: BatchConsumer<Message>): BatchConsumer => consumer;
export const eachConsumer = <Message>(consumer: EachConsumer<Message>): EachConsumer => consumer;
