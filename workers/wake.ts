import type { QueueName, Wake, Waker } from '#services/kernel/wake.ts';
import type { Env } from './env.ts';

const bindingOf = (env: Env): Record<QueueName, Queue> => ({
  events: env.EVENTS,
  webhooks: env.WEBHOOKS,
  'webhooks-slow': env.WEBHOOKS_SLOW,
  github: env.GITHUB,
  email: env.EMAIL,
});

/** The most messages that one `sendBatch` takes. */
const BATCH = 100;

/** Wake-ups over Cloudflare Queues, one request per queue and hundred messages. */
export function queueWaker(env: Env): Waker {
  const bindings = bindingOf(env);
  return {
    async wake(wakes) {
      const queues = Map.groupBy(wakes, (wake) => wake.queue);
      await Promise.all(
        [...queues].flatMap(([queue, all]) => chunks(all).map((some) => bindings[queue].sendBatch(some))),
      );
    },
  };
}

function chunks(wakes: readonly Wake[]): { body: Wake['message']; delaySeconds?: number }[][] {
  const messages = wakes.map(({ message, delaySeconds }) => ({
    body: message,
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
  }));
  return Array.from({ length: Math.ceil(messages.length / BATCH) }, (_, i) =>
    messages.slice(i * BATCH, (i + 1) * BATCH),
  );
}
