import * as z from 'zod';
import { DEAD_LETTER_KINDS } from '#schema/tables/dead-letters.ts';
import { recordGivenUp } from '#services/dead-letters/record-given-up.ts';
import { batchConsumer } from './consumer.ts';

const Message = z.object({ kind: z.enum(DEAD_LETTER_KINDS), id: z.string().min(1).max(200) });

/** What every other queue gave up on: listed for an operator, unless the tick finds the work again by itself. */
export const deadLettersConsumer = batchConsumer({
  message: Message,
  runBatch: ({ kernel }, messages) => recordGivenUp(kernel, messages),
});
