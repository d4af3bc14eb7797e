import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketSubscriptions, tickets } from '#schema/index.ts';
import { qb, type Statement, statement, statementWith } from '#services/kernel/query.ts';
import type { Loaded } from '#services/kernel/verb.ts';
import { goneStatusesQuery } from '#services/lifecycle/restore-ticket.ts';
import type { MacroRow } from '#services/macros/macro-queries.ts';
import { type Named, namedByActions } from '#services/macros/named-by-actions.ts';
import type { LoadedForActions } from '#services/macros/plan-actions.ts';
import type { CompiledSla } from '#services/sla/compiled-sla.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import { type LoadedSlaState, NO_STATE } from '#services/sla/sla-state.ts';
import { roomToFollow } from '#services/tickets/subscribe.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import type { Told } from './inverse-of.ts';

type TicketId = Id<'tkt'>;

/** A ticket with all that is its own and small, as columns of its row. */
export interface ManyRow extends TicketRow {
  shares: LoadedForActions['shares'];
  participants: LoadedForActions['participants'];
  presentTeams: LoadedForActions['presentTeams'];
  organizationName: string | null;
  /** Its customer has written since the message that was read. */
  crossed: boolean;
  /** What happened to it since the job that is undone. */
  history: Told[] | null;
}

const list = <T>(from: SQL, ...pairs: [name: string, prefix: string, column: string][]): SQL<T> =>
  sql<T>`(select coalesce(jsonb_agg(jsonb_build_object(${sql.raw(
    pairs
      .map(
        ([name, prefix, column]) => `'${name}', ${prefix === '' ? column : `public.to_typeid('${prefix}', ${column})`}`,
      )
      .join(', '),
  )})), '[]') from ${from})`;

/**
 * Many tickets in a few statements, whatever is done to them: `asked` selects the ids and the newest message read of each,
 * `actions` is the JSON of what is done, `undone` the job whose traces are looked for.
 */
export function loadMany(asked: SQL, actions: SQL | null, now: Date, undone?: SQL) {
  const history =
    undone === undefined
      ? sql<null>`null`
      : sql<Told[] | null>`case when ${undone} is not null then (
          select jsonb_agg(jsonb_build_object('byJob', a.bulk_job_id is not distinct from ${undone},
            'changes', coalesce(a.data -> 'changes', '[]')) order by a.revision, a.id)
          from ticket_activity a where a.ticket_id = ${tickets.id} and a.revision >= (
            select min(f.revision) from ticket_activity f where f.ticket_id = ${tickets.id} and f.bulk_job_id = ${undone})) end`;
  const own = {
    shares: list<ManyRow['shares']>(
      sql`ticket_shares s where s.ticket_id = ${tickets.id} and s.revoked_at is null`,
      ['teamId', 'team', 's.team_id'],
      ['level', '', 's.level'],
    ),
    participants: list<ManyRow['participants']>(
      sql`ticket_participants p where p.ticket_id = ${tickets.id} and p.principal_id is not null`,
      ['principalId', 'prin', 'p.principal_id'],
    ),
    presentTeams: list<ManyRow['presentTeams']>(
      sql`team_memberships m where m.principal_id = ${tickets.assigneePrincipalId}`,
      ['teamId', 'team', 'm.team_id'],
    ),
    organizationName: sql<string | null>`(select o.name from organizations o where o.id = ${tickets.organizationId})`,
    crossed: sql<boolean>`exists (select from ticket_messages m where m.ticket_id = ${tickets.id} and m.seq > asked.seq
      and m.audience = 'public' and m.author_kind = 'customer' and m.deleted_at is null)`,
    history,
  };
  return {
    many: statement(
      selectTickets(own).innerJoin(sql`(${asked}) asked (id, seq)`, sql`asked.id = ${tickets.id}`),
    ) as Statement<ManyRow[]>,
    ...(actions === null ? {} : { named: namedByActions(actions, now) }),
    slaConfig: slaConfigQuery(),
    slaStates: slaStatesQuery(sql`select asked.id from (${asked}) asked (id, seq)`),
  };
}

export interface LoadedMany extends Partial<Loaded<{ [K in keyof typeof OF_EACH]: ReturnType<(typeof OF_EACH)[K]> }>> {
  many: ManyRow[];
  /** Absent where the action names nothing. */
  named?: Named;
  slaConfig: CompiledSla;
  slaStates: ReadonlyMap<TicketId, LoadedSlaState>;
  macro?: MacroRow | undefined;
}

/** What only some actions ask of each ticket; `asked` selects the ids alone. */
export const OF_EACH = {
  sources: (asked: SQL): Statement<TicketRow[]> =>
    statement(selectTickets().where(sql`${tickets.mergedIntoId} in (${asked})`)) as Statement<TicketRow[]>,
  goneStatuses: () => goneStatusesQuery(),
  found: (asked: SQL, auth: SQL) =>
    statementWith<(typeof ticketSubscriptions.$inferSelect)[]>(
      auth,
      qb
        .select()
        .from(ticketSubscriptions)
        .where(
          sql`${ticketSubscriptions.ticketId} in (${asked}) and ${ticketSubscriptions.principalId} = (select holder_id from auth)`,
        ),
    ),
  full: (asked: SQL) =>
    statement(
      qb
        .select({ ticketId: tickets.id })
        .from(tickets)
        .where(sql`${tickets.id} in (${asked}) and ${roomToFollow(sql.raw('tickets.id'))} <= 0`),
    ),
} satisfies Record<string, (asked: SQL, auth: SQL) => Statement>;

const NOTHING_NAMED: Named = {
  statuses: [],
  teams: [],
  inboxes: [],
  organizations: [],
  known: [],
  members: [],
  memberships: [],
  fields: [],
};

/** What no action on many tickets asks: no version, nobody spoken for, no file. */
const OF_NONE = { since: [], seats: [], contactParticipants: [], staged: [], filesHeld: [], required: [] };

/** What the load of a verb would have given for one of them, but for what hangs on the action. */
export function ofOne(loaded: LoadedMany, { inTrash }: { inTrash?: true }) {
  const rows = new Map(loaded.many.map((row) => [row.ticket.id, row]));
  const { named = NOTHING_NAMED, slaConfig, macro, goneStatuses } = loaded;
  return (ticketId: TicketId) => {
    const found = rows.get(ticketId);
    const row = found?.ticket.deletedAt && !inTrash ? undefined : found;
    const gone = row?.ticket.deletedAt?.getTime();
    return {
      ...OF_NONE,
      ...{ named, slaConfig, goneStatuses, macro: macro === undefined ? [] : [macro] },
      ticket: row as TicketRow | undefined,
      shares: row?.shares ?? [],
      participants: row?.participants ?? [],
      presentTeams: row?.presentTeams ?? [],
      organizationName: row?.organizationName ? [{ ticketId, name: row.organizationName }] : [],
      crossed: row?.crossed === true,
      slaState: loaded.slaStates.get(ticketId) ?? { state: NO_STATE, snapshots: [] },
      sources: (loaded.sources ?? []).filter(
        ({ ticket }) => ticket.mergedIntoId === ticketId && ticket.deletedAt?.getTime() === gone,
      ),
      found: (loaded.found ?? []).filter((each) => each.ticketId === ticketId),
      full: (loaded.full ?? []).filter((each) => each.ticketId === ticketId),
    };
  };
}

export type LoadedOne = ReturnType<ReturnType<typeof ofOne>>;
