import type { BulkAction } from '#schema/api/bulk.ts';
import { type Id, isId } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import type { Decision } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding, Loadables, Loaded, Loading, Verb } from '#services/kernel/verb.ts';
import { deleteTicket } from '#services/lifecycle/delete-ticket.ts';
import { restoreTicket } from '#services/lifecycle/restore-ticket.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { putSubscription } from '#services/subscriptions/put-subscription.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { tagTicket } from '#services/tickets/tag-ticket.ts';
import { applyTags, type TagName, type TicketTag } from '#services/tickets/ticket-tags.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';

type By = Deciding & { authority: Authority };

/** An action as the operation on one ticket that makes it. */
export interface Deed {
  load(ticketId: Id<'tkt'>, at: Loading): Loadables;
  decide(loaded: Loaded<Loadables>, ticketId: Id<'tkt'>, by: By): Decision<unknown>;
  /** What the first ticket would make and all the others use, made once. */
  prepare?(loaded: Loaded<Loadables>, by: By): { loaded: Loaded<Loadables>; writes: Statement[] };
  /** It reaches tickets in the trash. */
  inTrash?: true;
}

/** The verb's own load and decision, with the action as what it is asked. */
const by = <Input extends { ticketId: Id<'tkt'> }, Q extends Loadables>(
  verb: Verb<Input, Q, unknown>,
  asked: Omit<Input, 'ticketId'>,
): Deed => {
  const input = (ticketId: Id<'tkt'>) => ({ ...asked, ticketId, ifMatch: null }) as unknown as Input;
  return {
    load: (ticketId, at) => verb.load(input(ticketId), at),
    decide: (loaded, ticketId, acting) => verb.decide(loaded as Loaded<Q>, input(ticketId), acting, undefined),
  };
};

/** Which verb decides an action: the same as on one ticket, so that a bulk does what so many requests would do. */
export function deedOf(action: BulkAction): Deed {
  switch (action.type) {
    case 'assign': {
      const { assigneePrincipalId, assigneeTeamId } = action;
      return by(assignTicket, { assigneePrincipalId, assigneeTeamId, ifMatch: null });
    }
    case 'status': {
      const { statusId, category = 'open', wakeAt } = action;
      return by(transitionTicket, { to: statusId === undefined ? { category } : { statusId }, wakeAt, ifMatch: null });
    }
    case 'tags':
      return tagging(action.add ?? [], action.remove ?? []);
    case 'delete':
      return by(deleteTicket, { ifMatch: null });
    case 'restore':
      return { ...by(restoreTicket, { ifMatch: null }), inTrash: true };
    case 'subscribe':
      return by(putSubscription, { notify: {} });
    case 'message': {
      const { body, audience } = action;
      return by(postMessage, { body, audience });
    }
    default: {
      const { type: _type, ...changes } = action;
      return by(updateTicket, { changes, ifMatch: null });
    }
  }
}

/** A name that is new becomes one tag, not one for each ticket. */
const tagging = (add: readonly TagName[], remove: readonly TagName[]): Deed => ({
  ...by(tagTicket, { add, remove, ifMatch: null }),
  prepare(loaded, acting) {
    const known = loaded.known as TicketTag[];
    const names = add.filter((name) => !isId('ttag', name) && !remove.includes(name));
    const { tags, writes } = applyTags([], { add: names, remove: [] }, known, acting);
    const made = tags.filter(({ id }) => !known.some((tag) => tag.id === id));
    return { loaded: { ...loaded, known: [...known, ...made] }, writes };
  },
});
