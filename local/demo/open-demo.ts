import { sql } from 'drizzle-orm';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { rows } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { nodeKernel } from '../node-kernel.ts';
import type { SavedState } from '../saved-state.ts';
import { openLateTicket } from './late-ticket.ts';
import { keepMacros } from './macros.ts';
import { openWebhook } from './open-webhook.ts';
import { makeWorkspace } from './people.ts';
import { makePromises } from './promises.ts';
import { tellStory } from './tell-story.ts';

export type Demo = Pick<SavedState, 'apiKey' | 'apiKeys' | 'webhookSecret'>;

export interface DemoSurroundings {
  saved: Partial<SavedState>;
  databaseUrl: string;
  endpoint: string;
  masterKey: string;
  publicOrigin: string;
  receiverUrl: string;
}

/** Makes the demo desk on an empty database; on a later start only the ticket that is about to be late. */
export async function openDemo(at: DemoSurroundings): Promise<Demo> {
  const kernelAt = (now: Date): Kernel => nodeKernel({ ...at, localTargets: 'http://127.0.0.1:*', now });
  const kernel = kernelAt(new Date());
  const [members] = await kernel.db.batch(
    [rows<{ some: boolean }>(sql`select exists (select from principal where member_state is not null) as some`)],
    { kind: 'load' },
  );
  if (members[0]?.some === true) {
    const { apiKey, apiKeys, webhookSecret } = at.saved;
    if (apiKey === undefined || apiKeys === undefined || webhookSecret === undefined) {
      throw new Error(
        'This database has people already, and .local/mallard.json is not of it. Use an empty database, or remove .local.',
      );
    }
    await openLateTicket(kernelAt, apiKey);
    return { apiKey, apiKeys, webhookSecret };
  }
  const workspace = await makeWorkspace(kernel);
  const owner = workspace.members[0];
  if (owner === undefined) throw new TypeError('the demo has an owner');
  await makePromises(kernel, owner.credential);
  await keepMacros(kernel, owner);
  await tellStory(kernelAt, workspace);
  // The past goes into the stream before there is an endpoint, so that the receiver is told of the present only.
  await dispatchEvents(kernel);
  const webhookSecret = await openWebhook(kernel, owner.credential, at.receiverUrl);
  await openLateTicket(kernelAt, owner.token);
  return {
    apiKey: owner.token,
    apiKeys: workspace.members.map(({ name, role, token }) => ({ name, role, apiKey: token })),
    webhookSecret,
  };
}
