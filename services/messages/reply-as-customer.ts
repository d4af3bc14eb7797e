import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { TicketFacts } from '#services/access/can.ts';
import type { Permit } from '#services/access/permit.ts';
import type { FileRow } from '#services/files/file-row.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { CompiledSla } from '#services/sla/compiled-sla.ts';
import type { LoadedSlaState } from '#services/sla/sla-state.ts';
import type { Author } from '#services/tickets/author.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { addMessage } from './add-message.ts';
import { joinAsCc, openFollowUp } from './open-follow-up.ts';
import { factsOfPlace, type LoadedReply } from './reply-queries.ts';
import { replyRoute } from './reply-rules.ts';

export interface CustomerReply {
  permit: Permit;
  /** The ticket that the reply names. */
  asked: Id<'tkt'>;
  loaded: {
    reply: LoadedReply | undefined;
    replyRows: readonly TicketRow[];
    replySla: ReadonlyMap<Id<'tkt'>, LoadedSlaState>;
    slaConfig: CompiledSla;
  };
  author: Author;
  via: Exclude<MessageRow['via'], 'system'>;
  body: string;
  dedupeKey?: string;
  files?: readonly FileRow[];
  /** Whether the caller may write where the reply ends, when that is another ticket than the one it names. */
  mayWrite(ticket: TicketFacts, row: TicketRow): boolean;
  /** Who files a follow-up. */
  createdByPrincipalId: Id<'prin'> | null;
  /** What the door wants written in the same commit. */
  also?: (ticketId: Id<'tkt'>, messageId: Id<'tmsg'>) => readonly Statement[];
}

/** Where a reply has ended. */
export interface Replied {
  message: MessageRow;
  after: TicketRow;
  /** The ticket that was over, when the reply went to its follow-up. */
  followUpOf: Id<'tkt'> | null;
}

/**
 * A customer's public message, the same from every door: it opens what waits, reopens what was solved within the window,
 * and becomes or joins a follow-up of what is over. Two at once make one follow-up, because both bump the old ticket.
 * @throws ServiceError conflict `ticket_closed`, `ticket_merged`; unprocessable `ticket_full`.
 */
export function replyAsCustomer<Output>(
  input: CustomerReply,
  by: Deciding,
  answer: (replied: Replied) => Output,
): Change<Output> {
  const { loaded, asked, author } = input;
  const { reply } = loaded;
  if (reply === undefined) throw new TypeError('a reply without its ticket');
  const landing = rowOf(input, reply.landing.id);
  if (landing.ticket.id !== asked && !input.mayWrite(factsOfPlace(reply.landing, landing), landing)) {
    throw new ServiceError('conflict', 'This ticket was merged into another.', { reason: 'ticket_merged' });
  }
  const add = (place: LoadedReply['landing'], followUpOf: Id<'tkt'> | null): Change<Output> => {
    const before = rowOf(input, place.id);
    const added = addMessage(
      {
        permit: input.permit,
        before,
        author,
        audience: 'public',
        via: input.via,
        body: input.body,
        files: input.files ?? [],
        ...(input.dedupeKey === undefined ? {} : { dedupeKey: input.dedupeKey }),
        status: undefined,
        openStatus: place.openStatus,
        reopensClosed: true,
        sla: { config: loaded.slaConfig, state: loaded.replySla.get(place.id) ?? null },
        cause: 'customer_reply',
      },
      by,
      (message, after) => ({ message, after, followUpOf }),
    );
    const joins = followUpOf === null ? [] : joinAsCc(before, author, by);
    const also = input.also?.(place.id, added.answer.message.id) ?? [];
    return { ...added, answer: answer(added.answer), writes: [...added.writes, ...joins, ...also] };
  };
  const route = replyRoute(landing.ticket, reply.rules, by.now);
  if (route === 'add') return add(reply.landing, null);
  if (route === 'refuse') {
    throw new ServiceError('conflict', 'The ticket is closed and takes no reply.', { reason: 'ticket_closed' });
  }
  const { followUp } = reply;
  const going = followUp === null ? undefined : rowOf(input, followUp.id);
  if (followUp !== null && going !== undefined && input.mayWrite(factsOfPlace(followUp, going), going))
    return add(followUp, landing.ticket.id);
  return openFollowUp(input, { before: landing, reply }, by, answer);
}

function rowOf({ loaded }: CustomerReply, id: Id<'tkt'>): TicketRow {
  const row = loaded.replyRows.find(({ ticket }) => ticket.id === id);
  if (row === undefined) throw new TypeError('a reply without the row of its ticket');
  return row;
}
