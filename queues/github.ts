import * as z from 'zod';
import { idSchema } from '#schema/id-schema.ts';
import { runGithubInbound } from '#services/github/run-github-inbound.ts';
import { attemptInbound } from '#services/inbound/attempt-inbound.ts';
import { eachConsumer } from './consumer.ts';

const Message = z.strictObject({ kind: z.literal('github_inbound'), id: idSchema('inbd') });

/** What GitHub told us: one stored delivery at a time. */
export const githubConsumer = eachConsumer({
  message: Message,
  async runEach({ kernel, store }, { id }) {
    await attemptInbound(kernel, 'github', id, (claim) => runGithubInbound(kernel, store, claim));
    return 'done';
  },
});
