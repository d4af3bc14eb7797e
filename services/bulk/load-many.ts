import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import {
  organizations,
  teamMemberships,
  ticketParticipants,
  ticketShares,
  ticketSubscriptions,
  tickets,
} from '#schema/index.ts';
import { qb, type Statement, statement, statementWith } from '#services/kernel/query.ts';
import type { Loadables, Loaded, Loading } from '#services/kernel/verb.ts';
import { slaStatesQuery } from '#services/sla/sla-queries.ts';
import type { LoadedSlaState } from '#services/sla/sla-state.ts';
import { crossedRepliesQuery } from '#services/tickets/crossed-reply.ts';
import { MOST_SUBSCRIPTIONS } from '#services/tickets/subscribe.ts';
import { type LoadedTicket, selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import type { Deed } from './deeds.ts';

type TicketId = Id<'tkt'>;

const idsIn = (ids: readonly TicketId[]): SQL => sql`${ids.map((id) => sql.param(id, tickets.id))}`;

const several = <T extends { ticketId: TicketId }>(query: Statement<T[]>) => query;

/** What the load of a verb on one ticket reads of that ticket, read of many in as many statements. */
const OF_MANY = {
  ticket: (ids: readonly TicketId[], { inTrash }: Deed): Statement<TicketRow[]> =>
    statement(
      selectTickets().where(and(inArray(tickets.id, [...ids]), inTrash ? undefined : isNull(tickets.deletedAt))),
    ) as Statement<TicketRow[]>,
  shares: (ids: readonly TicketId[]) =>
    several(
      statement(
        qb
          .select({ ticketId: ticketShares.ticketId, teamId: ticketShares.teamId, level: ticketShares.level })
          .from(ticketShares)
          .where(and(inArray(ticketShares.ticketId, [...ids]), isNull(ticketShares.revokedAt))),
      ),
    ),
  participants: (ids: readonly TicketId[]) =>
    several(
      statement(
        qb
          .select({ ticketId: ticketParticipants.ticketId, principalId: ticketParticipants.principalId })
          .from(ticketParticipants)
          .where(and(inArray(ticketParticipants.ticketId, [...ids]), isNotNull(ticketParticipants.principalId))),
      ),
    ),
  presentTeams: (ids: readonly TicketId[]) =>
    several(
      statement(
        qb
          .select({ ticketId: tickets.id, teamId: teamMemberships.teamId })
          .from(teamMemberships)
          .innerJoin(tickets, eq(tickets.assigneePrincipalId, teamMemberships.principalId))
          .where(inArray(tickets.id, [...ids])),
      ),
    ),
  sources: (ids: readonly TicketId[]): Statement<TicketRow[]> =>
    statement(selectTickets().where(inArray(tickets.mergedIntoId, [...ids]))) as Statement<TicketRow[]>,
  found: (ids: readonly TicketId[], _deed: Deed, { auth }: Loading) =>
    several(
      statementWith<(typeof ticketSubscriptions.$inferSelect)[]>(
        auth,
        qb
          .select()
          .from(ticketSubscriptions)
          .where(
            and(
              inArray(ticketSubscriptions.ticketId, [...ids]),
              sql`${ticketSubscriptions.principalId} = (select holder_id from auth)`,
            ),
          ),
      ),
    ),
  full: (ids: readonly TicketId[]) =>
    several(
      statement(
        qb
          .select({ ticketId: ticketSubscriptions.ticketId })
          .from(ticketSubscriptions)
          .where(inArray(ticketSubscriptions.ticketId, [...ids]))
          .groupBy(ticketSubscriptions.ticketId)
          .having(sql`count(*) >= ${MOST_SUBSCRIPTIONS}`),
      ),
    ),
  organizationName: (ids: readonly TicketId[]) =>
    statement(
      qb
        .select({ ticketId: tickets.id, name: organizations.name })
        .from(tickets)
        .innerJoin(organizations, eq(organizations.id, tickets.organizationId))
        .where(inArray(tickets.id, [...ids])),
    ),
  slaState: (ids: readonly TicketId[]): Statement<ReadonlyMap<TicketId, LoadedSlaState>> =>
    slaStatesQuery(sql`select ${tickets.id} from ${tickets} where ${tickets.id} in ${idsIn(ids)}`),
} as const;

type OfMany = keyof typeof OF_MANY;

/** What a bulk does not ask of each ticket: no version, and no message that was read unless it says so. */
const OF_NONE: Readonly<Record<string, unknown>> = { since: [], crossed: false, contactParticipants: [] };

const PREFIX = 'many:';

/** The load of a deed for many tickets: what is the same for all once, what is each ticket's own in one statement a kind. */
export function loadMany(deed: Deed, ids: readonly TicketId[], at: Loading): Loadables {
  const [first] = ids;
  if (first === undefined) return {};
  const one = Object.entries(deed.load(first, at)).filter(([name]) => !(name in OF_NONE));
  return Object.fromEntries([
    ...one.map(([name, query]) =>
      name in OF_MANY ? [`${PREFIX}${name}`, OF_MANY[name as OfMany](ids, deed, at)] : [name, query],
    ),
    ...(deed.read === undefined ? [] : [[`${PREFIX}crossed`, crossedRepliesQuery(deed.read)]]),
  ]);
}

/** What the load of the verb would have given for one of them. */
export function loadedOne(loaded: Loaded<Loadables>, ticketId: TicketId): Loaded<Loadables> & LoadedTicket {
  const own = Object.entries(loaded).map(([name, found]) =>
    name.startsWith(PREFIX)
      ? [name.slice(PREFIX.length), ofOne(name.slice(PREFIX.length), found, ticketId)]
      : [name, found],
  );
  const one = { ...OF_NONE, ...Object.fromEntries(own) };
  const { ticket } = one as { ticket?: TicketRow };
  if ('sources' in one) {
    const gone = ticket?.ticket.deletedAt?.getTime();
    one.sources = (one.sources as TicketRow[]).filter((row) => row.ticket.deletedAt?.getTime() === gone);
  }
  return one as typeof one & LoadedTicket;
}

function ofOne(name: string, found: unknown, ticketId: TicketId): unknown {
  if (name === 'slaState') return (found as ReadonlyMap<TicketId, LoadedSlaState>).get(ticketId) ?? null;
  if (name === 'crossed') return (found as ReadonlySet<string>).has(ticketId);
  if (name === 'ticket') return (found as TicketRow[]).find(({ ticket }) => ticket.id === ticketId);
  if (name === 'sources') return (found as TicketRow[]).filter(({ ticket }) => ticket.mergedIntoId === ticketId);
  return (found as { ticketId: TicketId }[]).filter((row) => row.ticketId === ticketId);
}
