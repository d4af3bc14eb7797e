import * as z from 'zod';
import { idSchema } from '#schema/id-schema.ts';
import { runMailInbound } from '#services/email/run-mail-inbound.ts';
import { attemptInbound } from '#services/inbound/attempt-inbound.ts';
import { eachConsumer } from './consumer.ts';

const Message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mail_inbound'), id: idSchema('inbd') }),
  z.strictObject({ kind: z.literal('invitation'), id: idSchema('inv') }),
]);

/** Mail: one at a time. What is to go out waits in its row, `queued`, until there is a way out. */
export const emailConsumer = eachConsumer({
  message: Message,
  async runEach({ kernel, store }, message) {
    if (message.kind === 'mail_inbound')
      await attemptInbound(kernel, 'mail', message.id, (claim) => runMailInbound(kernel, store, claim));
    return 'done';
  },
});
