import { and, eq, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketRatings, tickets } from '#schema/index.ts';
import { notFound, type Permit, publicPermit } from '#services/access/permit.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { change, type Decision, event, unchanged } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { type Deciding, defineSystemVerb } from '#services/kernel/verb.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { placesOf } from './ask-ratings.ts';
import { tokenDigest } from './rating-token.ts';

export type RatingRow = typeof ticketRatings.$inferSelect;

/** The rating that a token is for, while it counts. */
const ratingQuery = (token: string, now: Date): Statement<RatingRow[]> =>
  statement<RatingRow[]>(
    qb
      .select()
      .from(ticketRatings)
      .where(
        and(
          eq(ticketRatings.tokenHash, tokenDigest(token)),
          sql`${ticketRatings.expiresAt} > ${now.toISOString()}::timestamptz`,
          sql`exists (select from tickets t where t.id = ${ticketRatings.ticketId} and t.deleted_at is null)`,
        ),
      ),
  );

const ticketOf = (token: string): Statement<TicketRow[]> =>
  statement<TicketRow[]>(
    selectTickets()
      .innerJoin(ticketRatings, eq(ticketRatings.ticketId, tickets.id))
      .where(eq(ticketRatings.tokenHash, tokenDigest(token))),
  ) as Statement<TicketRow[]>;

/** What a link shows before anything is said; looking rates nothing. @throws ServiceError not_found. */
export const readRating = defineSystemVerb({
  name: 'readRating',
  actor: 'system',
  load: ({ token }: { token: string }, { now }) => ({ found: ratingQuery(token, now), ticket: ticketOf(token) }),
  decide({ found, ticket }) {
    const [rating] = found;
    const [row] = ticket;
    if (rating === undefined || row === undefined) throw notFound();
    const { score, comment } = rating;
    return unchanged(publicPermit('rating_link'), { subject: row.ticket.subject, score, comment });
  },
});

export interface RateInput {
  token: string;
  score: number;
  comment: string | null;
}

/** Records what the customer says; until the link ends they may say it anew. @throws ServiceError not_found. */
const recordRating = defineSystemVerb({
  name: 'rateTicket',
  actor: 'system',
  load: ({ token }: RateInput, { now }) => ({ found: ratingQuery(token, now), tickets: ticketOf(token) }),
  decide(loaded, input, by): Decision<null> {
    const [rating] = loaded.found;
    const [row] = loaded.tickets;
    if (rating === undefined || row === undefined) throw notFound();
    return scored({ permit: publicPermit('rating_link'), row, rating, isNew: false }, input, by);
  },
});

/** A score on a ticket, told once; saying the same again is nothing. A rating that nobody asked for is made with it. */
export function scored(
  { permit, row, rating, isNew }: { permit: Permit; row: TicketRow; rating: RatingRow; isNew: boolean },
  { score, comment }: Omit<RateInput, 'token'>,
  { now, deskUrl }: Pick<Deciding, 'now' | 'deskUrl'>,
): Decision<null> {
  if (rating.score === score && rating.comment === comment) return unchanged(permit, null);
  const { ticket } = row;
  const { id: ratingId, cycle, agentPrincipalId, teamId } = rating;
  const said = { score, comment, ratedAt: now };
  const changes = [
    { field: 'score', from: rating.score, to: score },
    { field: 'comment', from: rating.comment, to: comment },
  ].filter(({ from, to }) => from !== to);
  return change({
    permit,
    answer: null,
    roots: [{ kind: 'update', table: tickets, what: 'ticket', loaded: ticket, set: { lastActivityAt: now } }],
    writes: [
      isNew
        ? statement(qb.insert(ticketRatings).values({ ...rating, ...said }))
        : statement(qb.update(ticketRatings).set(said).where(eq(ticketRatings.id, ratingId))),
    ],
    activity: [
      {
        ticketId: ticket.id,
        revision: ticket.revision + 1,
        version: null,
        type: 'rated',
        audience: 'internal',
        cause: 'customer',
        data: { ratingId, changes },
      },
    ],
    audit: {
      action: 'ticket.rated',
      target: { type: 'ticket', id: ticket.id, label: `#${ticket.number}` },
      changes: { score: [rating.score, score] },
    },
    events: [
      event({
        type: 'ticket.rated',
        entity: ticket.id,
        audience: 'internal',
        payload: {
          ticket: ticketReference(row, deskUrl),
          ...{ ratingId, cycle, score, comment, agentId: agentPrincipalId, teamId },
        },
        ...placesOf(row),
      }),
    ],
  });
}

const customer = (contactId: Id<'contact'> | null): ActorRow => ({
  actorKind: 'customer',
  actorId: contactId === null ? null : idToUuid(contactId),
  actorLabel: null,
  apiKeyId: null,
});

export const rateTicket = (kernel: Kernel, input: RateInput): Promise<null> =>
  runSystemVerb(kernel, recordRating, input, ({ found }) => customer(found[0]?.contactId ?? null));
