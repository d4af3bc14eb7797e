import type { BulkAction, TicketAction } from '#schema/api/bulk.ts';
import { type Id, isId } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding, Loadables, Loaded, Verb } from '#services/kernel/verb.ts';
import { deleteTicket } from '#services/lifecycle/delete-ticket.ts';
import { type MoveTicketInput, moveTicket } from '#services/lifecycle/move-ticket.ts';
import { restoreTicket } from '#services/lifecycle/restore-ticket.ts';
import { applyMacro } from '#services/macros/apply-macro.ts';
import { makeActions } from '#services/macros/make-actions.ts';
import { assignmentFacts, editFacts, moveFacts } from '#services/macros/plan-actions.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { putSubscription } from '#services/subscriptions/put-subscription.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { tagTicket } from '#services/tickets/tag-ticket.ts';
import { factsOf } from '#services/tickets/ticket-queries.ts';
import { applyTags } from '#services/tickets/ticket-tags.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';
import type { LoadedMany, LoadedOne } from './load-many.ts';

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
  decide(loaded: LoadedOne, ticketId: Id<'tkt'>, by: By): Decision<unknown>;
  /** What the first ticket would make and all the others use, made once. */
  prepare?(loaded: LoadedMany, by: By): { loaded: LoadedMany; writes: Statement[] };
  /** It reaches tickets in the trash. */
  inTrash?: true;
}

/** The verb's own decision, with the action as what it is asked of a ticket and `facts` as what it names. */
const by = <Input, Q extends Loadables>(
  verb: Verb<Input, Q, unknown>,
  asked: (ticket: { ticketId: Id<'tkt'>; ifMatch: null }) => Input,
  facts: (loaded: LoadedOne) => Partial<Loaded<Q>> = () => ({}),
): Deed => ({
  decide: (loaded, ticketId, acting) =>
    verb.decide({ ...loaded, ...facts(loaded) } as Loaded<Q>, asked({ ticketId, ifMatch: null }), acting, undefined),
});

/** Which verb decides an action: the same as on one ticket, so that a bulk does what so many requests would do. */
export function deedOf(action: Act): Deed {
  switch (action.type) {
    case 'assign': {
      const { assigneePrincipalId, assigneeTeamId } = action;
      return by(
        assignTicket,
        (ticket) => ({ ...ticket, assigneePrincipalId, assigneeTeamId }),
        (loaded) => assignmentFacts(action, loaded),
      );
    }
    case 'status': {
      const { statusId, category = 'open', wakeAt } = action;
      const to = statusId === undefined ? { category } : { statusId };
      return by(
        transitionTicket,
        (ticket) => ({ ...ticket, to, wakeAt }),
        (loaded) => moveFacts(statusId, loaded),
      );
    }
    case 'tags':
      return {
        ...by(
          tagTicket,
          (ticket) => ({ ...ticket, add: action.add ?? [], remove: action.remove ?? [] }),
          ({ named }) => ({
            known: named.known,
          }),
        ),
        prepare: (loaded, acting) => makeTags([action], loaded, acting),
      };
    case 'delete':
      return by(deleteTicket, (ticket) => ticket);
    case 'restore': {
      const deed = by(
        restoreTicket,
        (ticket) => ticket,
        (loaded) => moveFacts(undefined, loaded),
      );
      return { ...deed, inTrash: true };
    }
    case 'subscribe':
      return by(putSubscription, ({ ticketId }) => ({ ticketId, notify: {} }));
    case 'message': {
      const { body, audience } = action;
      return by(
        postMessage,
        ({ ticketId }) => ({ ticketId, body, audience }),
        () => ({ named: undefined }),
      );
    }
    case 'macro':
      return {
        ...by(applyMacro, (ticket) => ({ ...ticket, macroId: action.macroId })),
        prepare: (loaded, acting) => makeTags((loaded.macro?.actions ?? []) as TicketAction[], loaded, acting),
      };
    case 'several': {
      const { actions } = action;
      return {
        decide: (loaded, _ticketId, acting) => makeActions(actions, loaded, acting),
        ...(actions.some(({ type }) => type === 'restore') ? { inTrash: true } : {}),
        prepare: (loaded, acting) => makeTags(actions, loaded, acting),
      };
    }
    case 'solve': {
      const { to, message } = action;
      const statusId = 'statusId' in to ? to.statusId : undefined;
      const deed = by(
        moveTicket,
        (ticket) => ({ ...ticket, to, message }),
        (loaded) => moveFacts(statusId, loaded),
      );
      return { decide: (loaded, ticketId, acting) => whileActive(deed, loaded, ticketId, acting) };
    }
    default: {
      const { type: _type, ...changes } = action;
      return by(
        updateTicket,
        (ticket) => ({ ...ticket, changes }),
        (loaded) => editFacts(changes, loaded),
      );
    }
  }
}

/** Actions that name nothing which would have to be looked up. */
const PLAIN: readonly Act['type'][] = ['priority', 'visibility', 'delete', 'subscribe', 'message'];

const PLAIN_FIELDS = ['type', 'priority', 'visibility'];

export const namesNothing = (act: Act): boolean =>
  PLAIN.includes(act.type) ||
  (act.type === 'fields' && Object.keys(act).every((field) => PLAIN_FIELDS.includes(field)));

/** A name that is new becomes one tag, not one for each ticket. */
function makeTags(
  actions: readonly (TicketAction | BulkAction)[],
  loaded: LoadedMany,
  acting: By,
): ReturnType<NonNullable<Deed['prepare']>> {
  if (loaded.named === undefined) return { loaded, writes: [] };
  let { known } = loaded.named;
  const writes: Statement[] = [];
  for (const action of actions) {
    if (action.type !== 'tags') continue;
    const { add = [], remove = [] } = action;
    const names = add.filter((name) => !isId('ttag', name) && !remove.includes(name));
    const made = applyTags([], { add: names, remove: [] }, known, acting);
    known = [...known, ...made.tags.filter(({ id }) => !known.some((tag) => tag.id === id))];
    writes.push(...made.writes);
  }
  return { loaded: { ...loaded, named: { ...loaded.named, known } }, writes };
}

/** An incident that somebody else has solved by now hears nothing more. */
function whileActive(deed: Deed, loaded: LoadedOne, ticketId: Id<'tkt'>, acting: By): Decision<unknown> {
  if (loaded.ticket?.ticket.isActive !== false) return deed.decide(loaded, ticketId, acting);
  return unchanged(permitTicket(acting.authority, 'ticket.change_status', factsOf(loaded)), null);
}
