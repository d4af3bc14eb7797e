import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { type Statement, statement, statementWith } from '#services/kernel/query.ts';
import { type AskedOfTicket, askedColumns, askedOf, includes } from '#services/macros/asked-of-ticket.ts';
import type { MacroRow } from '#services/macros/macro-queries.ts';
import { type Named, namedByActions } from '#services/macros/named-by-actions.ts';
import type { LoadedForActions } from '#services/macros/plan-actions.ts';
import type { CompiledSla } from '#services/sla/compiled-sla.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import { type LoadedSlaState, NO_STATE } from '#services/sla/sla-state.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import type { Told } from './inverse-of.ts';

type TicketId = Id<'tkt'>;

/** A ticket with all that is its own and small, as columns of its row. */
export interface ManyRow extends TicketRow, AskedOfTicket {
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

interface Many {
  /** Selects the ids, and the newest message read of each. */
  asked: SQL;
  /** The JSON of what is done. */
  acts: SQL;
  /** The JSON of what names things, where something does. */
  naming: SQL | null;
  /** Whoever would follow, as an expression, over the relations of `auth` where there are any. */
  follower: SQL | null;
  auth?: SQL;
  /** The job whose traces are looked for. */
  undone?: SQL;
  now: Date;
}

/** Many tickets in a few statements, whatever is done to them; with them what was merged into those that go or come back. */
export function loadMany({ asked, acts, naming, follower, auth, undone, now }: Many) {
  const history =
    undone === undefined
      ? sql<null>`null`
      : sql<Told[] | null>`case when ${undone} is not null then (
          select jsonb_agg(jsonb_build_object('byJob', a.bulk_job_id is not distinct from ${undone},
            'changes', coalesce(a.data -> 'changes', '[]')) order by a.revision, a.id)
          from ticket_activity a where a.ticket_id = ${tickets.id} and a.revision >= (
            select min(f.revision) from ticket_activity f where f.ticket_id = ${tickets.id} and f.bulk_job_id = ${undone})) end`;
  const trash = sql`(${includes(acts, 'delete', 'restore')} or ${undone ?? null}::uuid is not null)`;
  const whole = sql`(with asked (id, seq) as materialized (${asked})
    select id, seq from asked union all select t.id, null from tickets t
    where ${trash} and t.merged_into_id in (select id from asked) and t.id not in (select id from asked))`;
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
    ...askedColumns(acts, follower),
  };
  const many = selectTickets(own).innerJoin(sql`${whole} asked (id, seq)`, sql`asked.id = ${tickets.id}`);
  return {
    many: (auth === undefined ? statement(many) : statementWith(auth, many)) as Statement<ManyRow[]>,
    ...(naming === null ? {} : { named: namedByActions(naming, now) }),
    slaConfig: slaConfigQuery(),
    slaStates: slaStatesQuery(sql`select asked.id from (${asked}) asked (id, seq)`),
  };
}

export interface LoadedMany {
  many: ManyRow[];
  /** Absent where the action names nothing. */
  named?: Named;
  slaConfig: CompiledSla;
  slaStates: ReadonlyMap<TicketId, LoadedSlaState>;
  macro?: MacroRow | undefined;
}

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

/** What the load of a verb would have given for one of them, but for what hangs on the action; `moved` is what it lost or got since. */
export function ofOne(loaded: LoadedMany, { inTrash }: { inTrash?: true }) {
  const rows = new Map(loaded.many.map((row) => [row.ticket.id, row]));
  const sources = Map.groupBy(loaded.many, ({ ticket }) => ticket.mergedIntoId);
  const reaches = inTrash || (loaded.macro?.actions ?? []).some(({ type }) => type === 'restore');
  const { named = NOTHING_NAMED, slaConfig, macro } = loaded;
  return (ticketId: TicketId, moved: Record<string, unknown> = {}) => {
    const stored = rows.get(ticketId);
    const found = stored && { ...stored, ticket: { ...stored.ticket, ...moved } };
    const row = found?.ticket.deletedAt && !reaches ? undefined : found;
    const gone = row?.ticket.deletedAt?.getTime();
    const merged = (sources.get(ticketId) ?? []).filter(({ ticket }) => ticket.deletedAt?.getTime() === gone);
    return {
      ...OF_NONE,
      ...{ named, slaConfig, macro: macro === undefined ? [] : [macro] },
      ticket: row,
      merged,
      shares: row?.shares ?? [],
      participants: row?.participants ?? [],
      presentTeams: row?.presentTeams ?? [],
      organizationName: row?.organizationName ? [{ ticketId, name: row.organizationName }] : [],
      crossed: row?.crossed === true,
      slaState: loaded.slaStates.get(ticketId) ?? { state: NO_STATE, snapshots: [] },
      ...askedOf(row, merged),
    };
  };
}

export type LoadedOne = ReturnType<ReturnType<typeof ofOne>>;
