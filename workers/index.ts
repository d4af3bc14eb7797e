import type { QueueBatch } from '#queues/run-batch.ts';
import { answer, createApp } from './app.ts';
import { runCron } from './cron.ts';
import { email, type IncomingMail } from './email.ts';
import type { Context, Env } from './env.ts';
import { consume } from './queue.ts';

const app = createApp();

export default {
  fetch: (request: Request, env: Env, context: Context): Promise<Response> => answer(app, request, env, context),
  queue: (batch: QueueBatch, env: Env, context: Context): Promise<void> => consume(batch, env, context),
  email: (message: IncomingMail, env: Env, context: Context): Promise<void> => email(message, env, context),
  scheduled: ({ cron }: { cron: string }, env: Env, context: Context): Promise<void> => runCron(cron, env, context),
};
