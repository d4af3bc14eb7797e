import { parseId } from '#schema/ids.ts';
import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { createTicket } from '#services/tickets/create-ticket.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import type { DemoMember, DemoWorkspace } from './people.ts';
import { STORY, type StoryTicket } from './story.ts';

const HOUR_MS = 3_600_000;

/** Lives the story through the verbs, each at its own hour, so that clocks, activity and events are what they would be. */
export async function tellStory(
  kernelAt: (now: Date) => Kernel,
  { members, support, billing }: DemoWorkspace,
): Promise<void> {
  const [owner, , grace, tariq] = members as [DemoMember, DemoMember, DemoMember, DemoMember];
  const places = { support: { ...support, agent: grace }, billing: { ...billing, agent: tariq } };
  const start = Date.now();
  for (const told of [...STORY].sort((a, b) => b.hoursAgo - a.hoursAgo)) {
    await tell(told, owner, places[told.inbox], (hoursAgo) => kernelAt(new Date(start - hoursAgo * HOUR_MS)));
  }
}

async function tell(
  told: StoryTicket,
  owner: DemoMember,
  place: { inboxId: DemoWorkspace['support']['inboxId']; agent: DemoMember },
  kernelAt: (hoursAgo: number) => Kernel,
): Promise<void> {
  const [name, email] = told.from;
  const ticket = await act(kernelAt(told.hoursAgo), createTicket, owner, {
    subject: told.subject,
    body: told.text,
    priority: told.priority,
    inboxId: place.inboxId,
    requester: { email, name },
  });
  const edit = { ticketId: parseId('tkt', ticket.id), ifMatch: null };
  const answeredAt = told.hoursAgo - (told.answer?.afterHours ?? 0.5);
  if (told.assigned === true) {
    await act(kernelAt(answeredAt), assignTicket, owner, {
      ...edit,
      assigneePrincipalId: place.agent.principalId,
      assigneeTeamId: undefined,
    });
  }
  if (told.answer !== undefined) {
    const as = { principalId: place.agent.principalId };
    await act(kernelAt(answeredAt), postMessage, place.agent, {
      ticketId: edit.ticketId,
      body: told.answer.text,
      audience: 'public',
      as,
    });
  }
  if (told.status !== undefined) {
    await act(kernelAt(Math.max(0.1, answeredAt - 0.5)), transitionTicket, owner, {
      ...edit,
      to: { category: told.status },
    });
  }
}

async function act<Input, Output>(
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  who: DemoMember,
  input: Input,
): Promise<Output> {
  const outcome = await runVerb(kernel, verb, input, { credential: who.credential });
  if (outcome.kind !== 'done') throw new TypeError('the demo sends no idempotency key');
  return outcome.output;
}
