import { sql } from 'drizzle-orm';
import type { BulkAction, TicketAction } from '#schema/api/bulk.ts';
import { type Id, isId } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding, Loadables, Loaded, Loading, Verb } from '#services/kernel/verb.ts';
import { deleteTicket } from '#services/lifecycle/delete-ticket.ts';
import { type MoveTicketInput, moveTicket } from '#services/lifecycle/move-ticket.ts';
import { restoreTicket } from '#services/lifecycle/restore-ticket.ts';
import { applyMacro } from '#services/macros/apply-macro.ts';
import type { MacroRow } from '#services/macros/macro-queries.ts';
import { makeActions } from '#services/macros/make-actions.ts';
import { loadForActions } from '#services/macros/plan-actions.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { putSubscription } from '#services/subscriptions/put-subscription.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { tagTicket } from '#services/tickets/tag-ticket.ts';
import { factsOf, type LoadedTicket } from '#services/tickets/ticket-queries.ts';
import { applyTags, type TicketTag } from '#services/tickets/ticket-tags.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';

type By = Deciding & { authority: Authority };

/** What is done to each of many tickets: what a caller may ask for, and what jobs do beside that. */
export type Act =
  | BulkAction
  /** What takes several changes back at once. */
  | { type: 'several'; actions: readonly TicketAction[] }
  /** As their problem is solved, with its words. */
  | ({ type: 'solve' } & Pick<MoveTicketInput, 'to' | 'message'>);

/** An action as the operation on one ticket that makes it. */
export interface Deed {
  load(ticketId: Id<'tkt'>, at: Loading): Loadables;
  decide(loaded: Loaded<Loadables>, ticketId: Id<'tkt'>, by: By): Decision<unknown>;
  /** What the first ticket would make and all the others use, made once. */
  prepare?(loaded: Loaded<Loadables>, by: By): { loaded: Loaded<Loadables>; writes: Statement[] };
  /** It reaches tickets in the trash. */
  inTrash?: true;
  /** The newest message of each ticket that the caller has read. */
  read?: Readonly<Record<Id<'tkt'>, number>> | undefined;
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
export function deedOf(action: Act, read?: Deed['read']): Deed {
  switch (action.type) {
    case 'assign': {
      const { assigneePrincipalId, assigneeTeamId } = action;
      return by(assignTicket, { assigneePrincipalId, assigneeTeamId, ifMatch: null });
    }
    case 'status': {
      const { statusId, category = 'open', wakeAt } = action;
      const to = statusId === undefined ? { category } : { statusId };
      return { ...by(transitionTicket, { to, wakeAt, ifMatch: null }), read };
    }
    case 'tags':
      return {
        ...by(tagTicket, { add: action.add ?? [], remove: action.remove ?? [], ifMatch: null }),
        prepare: (loaded, acting) => makeTags([action], loaded, acting),
      };
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
    case 'macro':
      return {
        ...by(applyMacro, { macroId: action.macroId, ifMatch: null }),
        prepare: (loaded, acting) =>
          makeTags(
            (loaded.macro as MacroRow[]).flatMap(({ actions }) => actions as TicketAction[]),
            loaded,
            acting,
          ),
        read,
      };
    case 'several': {
      const { actions } = action;
      return {
        load: (ticketId, { now }) => loadForActions(ticketId, sql`${JSON.stringify(actions)}::jsonb`, now),
        decide: (loaded, _ticketId, acting) => makeActions(actions, loaded as never, acting),
        prepare: (loaded, acting) => makeTags(actions, loaded, acting),
      };
    }
    case 'solve': {
      const deed = by(moveTicket, { to: action.to, message: action.message, ifMatch: null });
      return { ...deed, decide: (loaded, ticketId, acting) => whileActive(deed, loaded, ticketId, acting) };
    }
    default: {
      const { type: _type, ...changes } = action;
      return by(updateTicket, { changes, ifMatch: null });
    }
  }
}

/** A name that is new becomes one tag, not one for each ticket. */
function makeTags(
  actions: readonly (TicketAction | BulkAction)[],
  loaded: Loaded<Loadables>,
  acting: By,
): ReturnType<NonNullable<Deed['prepare']>> {
  let known = loaded.known as TicketTag[];
  const writes: Statement[] = [];
  for (const action of actions) {
    if (action.type !== 'tags') continue;
    const { add = [], remove = [] } = action;
    const names = add.filter((name) => !isId('ttag', name) && !remove.includes(name));
    const made = applyTags([], { add: names, remove: [] }, known, acting);
    known = [...known, ...made.tags.filter(({ id }) => !known.some((tag) => tag.id === id))];
    writes.push(...made.writes);
  }
  return { loaded: { ...loaded, known }, writes };
}

/** An incident that somebody else has solved by now hears nothing more. */
function whileActive(deed: Deed, loaded: Loaded<Loadables>, ticketId: Id<'tkt'>, acting: By): Decision<unknown> {
  const found = loaded as unknown as LoadedTicket;
  if (found.ticket?.ticket.isActive !== false) return deed.decide(loaded, ticketId, acting);
  return unchanged(permitTicket(acting.authority, 'ticket.change_status', factsOf(found)), null);
}
