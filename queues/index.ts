import type { Consumer } from './consumer.ts';
import { deadLettersConsumer } from './dead-letters.ts';
import { emailConsumer } from './email.ts';
import { eventsConsumer } from './events.ts';
import { githubConsumer } from './github.ts';
import { webhooksConsumer, webhooksSlowConsumer } from './webhooks.ts';

/** Queue → consumer, by the names of `wrangler.toml`. */
export const CONSUMERS: Readonly<Record<string, Consumer>> = {
  'dead-letters': deadLettersConsumer,
  email: emailConsumer,
  events: eventsConsumer,
  github: githubConsumer,
  webhooks: webhooksConsumer,
  'webhooks-slow': webhooksSlowConsumer,
};
