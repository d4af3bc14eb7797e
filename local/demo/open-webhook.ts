import { CreateWebhookBody } from '#schema/api/webhooks.ts';
import { EVENT_TYPES } from '#schema/events.ts';
import type { Credential } from '#services/access/credential.ts';
import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import { createWebhook } from '#services/webhooks/create-webhook.ts';

/** An endpoint at the local receiver for everything about tickets; gives the secret that is shown once. */
export async function openWebhook(kernel: Kernel, credential: Credential, url: string): Promise<string> {
  const outcome = await runVerb(
    kernel,
    createWebhook,
    CreateWebhookBody.parse({
      name: 'Local receiver',
      url,
      types: EVENT_TYPES.filter((type) => type.startsWith('ticket.')),
      audience: 'internal',
    }),
    { credential },
  );
  const secret = outcome.kind === 'done' ? outcome.output.secret : null;
  if (secret === null) throw new TypeError('a new endpoint shows its secret');
  return secret;
}
