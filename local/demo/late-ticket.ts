import { parseApiKey } from '#services/access/credential.ts';
import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import { createTicket } from '#services/tickets/create-ticket.ts';
import { URGENT_FIRST_RESPONSE_SECONDS } from './promises.ts';

/** Long enough for the Worker to be up, short enough to watch. */
const BREACHES_IN_SECONDS = 40;

/** A ticket that waits for its first answer since almost an hour: its promise breaks before your eyes. */
export async function openLateTicket(kernelAt: (now: Date) => Kernel, token: string): Promise<void> {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new Error('.local/mallard.json holds no valid key; remove .local to begin anew.');
  const openedAt = new Date(Date.now() - (URGENT_FIRST_RESPONSE_SECONDS - BREACHES_IN_SECONDS) * 1000);
  await runVerb(
    kernelAt(openedAt),
    createTicket,
    {
      subject: 'Engine room alarm does not stop',
      body: 'It has been ringing since we left the harbour. Please call!',
      priority: 'urgent',
      requester: { email: 'otto@northwind-ferries.example', name: 'Otto Brekke' },
    },
    { credential },
  );
}
