import { parseId } from '#schema/ids.ts';
import { createTicketField } from '#services/custom-fields/create-field.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { createTicket } from '#services/tickets/create-ticket.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { act } from './act.ts';
import { meetCustomers } from './customers.ts';
import { handOver } from './hand-overs.ts';
import type { DemoMember, DemoWorkspace } from './people.ts';
import { STORY, type StoryTicket } from './story.ts';

const HOUR_MS = 3_600_000;

/** Lives the story through the verbs, each at its own hour, so that clocks, activity and events are what they would be. */
export async function tellStory(kernelAt: (now: Date) => Kernel, workspace: DemoWorkspace): Promise<void> {
  const { members, support, billing } = workspace;
  const [owner, , grace, tariq] = members as [DemoMember, DemoMember, DemoMember, DemoMember];
  const places = { support: { ...support, agent: grace }, billing: { ...billing, agent: tariq } };
  const start = Date.now();
  const hoursAgo = (hours: number): Kernel => kernelAt(new Date(start - hours * HOUR_MS));
  await act(hoursAgo(200), createTicketField, owner, {
    appliesTo: 'ticket',
    key: 'order_number',
    type: 'text',
    label: 'Order number',
    portal: 'editable',
  });
  await meetCustomers(hoursAgo(200), owner);
  const ticketBySubject = new Map<string, string>();
  for (const told of [...STORY].sort((a, b) => b.hoursAgo - a.hoursAgo)) {
    ticketBySubject.set(told.subject, await tell(told, owner, places[told.inbox], hoursAgo));
  }
  await handOver(hoursAgo(0.05), workspace, ticketBySubject);
}

async function tell(
  told: StoryTicket,
  owner: DemoMember,
  place: { inboxId: DemoWorkspace['support']['inboxId']; agent: DemoMember },
  kernelAt: (hoursAgo: number) => Kernel,
): Promise<string> {
  const [name, email] = told.from;
  const ticket = await act(kernelAt(told.hoursAgo), createTicket, owner, {
    subject: told.subject,
    body: told.text,
    priority: told.priority,
    inboxId: place.inboxId,
    requester: { email, name },
    ...(told.tags === undefined ? {} : { tags: [...told.tags] }),
    ...(told.order === undefined ? {} : { customFields: { order_number: told.order } }),
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
  if (told.note !== undefined) {
    const note = { ticketId: edit.ticketId, body: told.note, audience: 'internal' as const };
    await act(kernelAt(answeredAt), postMessage, place.agent, note);
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
  return ticket.id;
}
