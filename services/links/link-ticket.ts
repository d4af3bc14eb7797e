import { eq } from 'drizzle-orm';
import type { TicketLink } from '#schema/api/ticket-links.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { ticketLinks, tickets } from '#schema/index.ts';
import type { LINK_KINDS, ValueOf } from '#schema/values.ts';
import { ticketArm } from '#services/access/can.ts';
import { permitTicket } from '#services/access/permit.ts';
import { actorOf } from '#services/kernel/actor.ts';
import type { RootWrite } from '#services/kernel/change.ts';
import { none, qb, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { changeLink } from './link-changes.ts';
import {
  type Ancestor,
  ancestorsOf,
  HIERARCHIES,
  type LinkRow,
  levelsBelow,
  linksOf,
  linkView,
  MOST_LEVELS,
  MOST_LINKS,
  otherOf,
  otherTicket,
} from './link-queries.ts';

export interface LinkTicketInput {
  ticketId: Id<'tkt'>;
  targetId: Id<'tkt'>;
  kind: ValueOf<typeof LINK_KINDS>;
}

const isHierarchy = (kind: string): boolean => (HIERARCHIES as readonly string[]).includes(kind);

/**
 * Links a ticket to another that the caller sees too. The commit guards both, and for parents and problems the ticket
 * at the top above them: a ring or a sixth level that others finish meanwhile makes it decide again.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, unprocessable `unknown_reference`, `link_cycle`,
 *   `link_taken`, `link_depth`, `limit_reached`.
 */
export const linkTicket = defineVerb({
  name: 'linkTicket',
  permission: 'ticket.edit_fields',
  retryOn: ['ticket_links_kind_source_id_target_id_key', 'ticket_links_target_id_kind_key'],
  load: ({ ticketId, targetId, kind }: LinkTicketInput) => ({
    ...ticketById(ticketId),
    ...otherTicket(eq(tickets.id, targetId), targetId),
    links: linksOf(ticketId),
    otherLinks: linksOf(targetId),
    above: isHierarchy(kind) ? ancestorsOf(ticketId, kind) : none<Ancestor>(),
    below: levelsBelow(targetId, kind),
  }),
  decide(loaded, { ticketId, targetId, kind }, by) {
    const permit = permitTicket(by.authority, 'ticket.edit_fields', factsOf(loaded));
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    const otherFacts = factsOf(otherOf(loaded));
    const { other, above } = loaded;
    if (other === undefined || otherFacts === undefined || ticketArm(by.authority, otherFacts) === undefined)
      throw unknownReference('/targetId');
    if (ticketId === targetId) throw unfit('link_cycle', 'A ticket is not linked to itself.');
    requireEditable(other, null);
    const [sourceId, endId] = ordered(kind, ticketId, targetId);
    if (loaded.links.some((each) => each.kind === kind && each.sourceId === sourceId && each.targetId === endId))
      throw unfit('link_taken', 'The two are linked in this way already.');
    if (isHierarchy(kind)) requireRoom({ above, below: loaded.below, otherLinks: loaded.otherLinks }, kind, targetId);
    if (loaded.links.length >= MOST_LINKS || loaded.otherLinks.length >= MOST_LINKS)
      throw unfit('limit_reached', `A ticket has at most ${MOST_LINKS} links.`);
    const { actorKind, actorId, actorLabel } = actorOf(by.authority);
    const link: LinkRow = {
      id: newId(by.ids, 'tlink'),
      sourceId,
      targetId: endId,
      kind,
      actorKind,
      actorId,
      actorLabel,
      createdAt: by.now,
    };
    return changeLink<{ ticketId: Id<'tkt'>; link: TicketLink }>({
      permit,
      link,
      ends: [before, other],
      ended: false,
      write: statement(qb.insert(ticketLinks).values(link)),
      roots: above.slice(-1).map(guarded),
      by,
      answer: { ticketId, link: linkView(link, ticketId, other) },
    });
  },
});

/** `related` has no direction: the smaller id is its source. */
const ordered = (kind: string, a: Id<'tkt'>, b: Id<'tkt'>): [Id<'tkt'>, Id<'tkt'>] =>
  kind === 'related' && idToUuid(a) > idToUuid(b) ? [b, a] : [a, b];

function requireRoom(
  place: { above: readonly Ancestor[]; below: number; otherLinks: readonly LinkRow[] },
  kind: string,
  targetId: Id<'tkt'>,
): void {
  if (place.above.some(({ id }) => id === targetId))
    throw unfit('link_cycle', 'The other ticket stands above this one.');
  if (place.otherLinks.some((each) => each.kind === kind && each.targetId === targetId))
    throw unfit('link_taken', 'The other ticket stands under one already.');
  if (place.above.length + 2 + place.below > MOST_LEVELS)
    throw unfit('link_depth', `At most ${MOST_LEVELS} levels stand under each other.`);
}

/** The top of the tree takes part in the commit, and nothing of it changes. */
const guarded = ({ id, revision, eventSeq, updatedAt }: Ancestor): RootWrite => ({
  kind: 'update',
  table: tickets,
  what: 'ticket above',
  loaded: { id, revision, eventSeq },
  set: { updatedAt },
});

const unfit = (reason: 'link_cycle' | 'link_taken' | 'link_depth' | 'limit_reached', detail: string): ServiceError =>
  new ServiceError('unprocessable', detail, { reason });
