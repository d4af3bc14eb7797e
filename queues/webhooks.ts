import * as z from 'zod';
import { idSchema } from '#schema/id-schema.ts';
import type { Lane } from '#services/webhooks/claim-deliveries.ts';
import { deliverDue } from '#services/webhooks/deliver-due.ts';
import { batchConsumer } from './consumer.ts';

const Message = z.strictObject({ kind: z.literal('delivery'), id: idSchema('dlv') });

/** A message is a permit: one delivery of this lane may be claimed, whichever is due. */
const lane = (name: Lane) =>
  batchConsumer({
    message: Message,
    runBatch: ({ kernel, outbound }, messages) => deliverDue(kernel, outbound, name, messages.length),
  });

export const webhooksConsumer = lane('quick');
export const webhooksSlowConsumer = lane('slow');
