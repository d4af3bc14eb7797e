import { eq, sql } from 'drizzle-orm';
import { type DemoWorkspace, makeWorkspace } from '#local/demo/people.ts';
import { type Id, newId } from '#schema/ids.ts';
import { contacts, tickets } from '#schema/index.ts';
import type { STATUS_CATEGORIES, ValueOf } from '#schema/values.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { runSystemVerb, runVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { createSlaPolicy } from '#services/sla/create-sla-policy.ts';
import { type SlaTicket, slaOn } from '#services/sla/sla-on.ts';
import type { SlaTargetInput } from '#services/sla/sla-policy-input.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { type TestKernel, testKernel } from './kernel.ts';

type Row = typeof tickets.$inferSelect;
type Category = ValueOf<typeof STATUS_CATEGORIES>;

interface Act {
  ticketId: Id<'tkt'>;
  category?: Category;
  set?: Partial<SlaTicket>;
  responds?: boolean;
}

const named = (ticket: Row) => ({
  ticket,
  status: { name: '', publicLabel: null },
  requesterName: null,
  requesterEmail: null,
  assigneeName: null,
});

const statusOf = (category: Category) => {
  const query = rows<{ id: string }>(
    sql`select to_typeid('tstat', id) as id from ticket_statuses where category = ${category} and is_default and deleted_at is null`,
  );
  return { ...query, read: (result: Parameters<typeof query.read>[0]) => query.read(result)[0]?.id as Id<'tstat'> };
};

/** The least that any ticket verb does: load the row with its promises, decide, commit both. */
const actOnTicket = defineSystemVerb({
  name: 'actOnTicket',
  actor: 'system',
  load: ({ ticketId, category = 'open' }: Act) => ({
    ticket: statement(qb.select().from(tickets).where(eq(tickets.id, ticketId))),
    status: statusOf(category),
    config: slaConfigQuery(),
    state: slaStateQuery(ticketId),
  }),
  decide({ ticket: [before], status, config, state }, act, by) {
    if (before === undefined) throw new TypeError('no such ticket');
    const after: Row = {
      ...before,
      ...act.set,
      ...(act.category === undefined ? {} : moved(before, act.category, status, by.now)),
    };
    const sla = slaOn({
      cause: 'status',
      before,
      after,
      ...(act.responds === undefined ? {} : { message: { countsAsResponse: act.responds } }),
      loaded: { config, state },
      now: by.now,
      ids: by.ids,
      reference: ticketReference(named(after), by.deskUrl),
    });
    const { isActive: _generated, id, revision, eventSeq, ...set } = { ...after, ...sla.mirrors };
    return change({
      permit: systemPermit('tick'),
      answer: null,
      audit: null,
      roots: [{ kind: 'update', table: tickets, what: 'ticket', loaded: { id, revision, eventSeq }, set }],
      writes: sla.writes,
      events: sla.events,
      activity: sla.activity,
      wakes: sla.wakes,
    });
  },
});

const openTestTicket = defineSystemVerb({
  name: 'openTestTicket',
  actor: 'system',
  load: (_input: { born: Partial<SlaTicket>; contactId: Id<'contact'> }) => ({
    status: statusOf('open'),
    config: slaConfigQuery(),
    number: nextNumber(),
  }),
  draws: true,
  decide({ status, config, number }, { born, contactId }, by) {
    const row = newRow(newId(by.ids, 'tkt'), number, status, contactId, by.now);
    const after: Row = { ...row, ...born };
    const sla = slaOn({
      cause: 'created',
      before: null,
      after,
      loaded: { config, state: null },
      now: by.now,
      ids: by.ids,
      reference: ticketReference(named(after), by.deskUrl),
    });
    const { isActive: _generated, ...stored } = { ...after, ...sla.mirrors };
    return change({
      permit: systemPermit('tick'),
      answer: after.id,
      audit: null,
      roots: [{ kind: 'insert', table: tickets, row: stored }],
      writes: sla.writes,
      events: sla.events,
      activity: sla.activity,
      wakes: sla.wakes,
    });
  },
});

function nextNumber() {
  const query = rows<{ n: string }>(sql`select nextval('ticket_number_seq') as n`);
  return { ...query, read: (result: Parameters<typeof query.read>[0]) => Number(query.read(result)[0]?.n) };
}

function moved(before: Row, category: Category, statusId: Id<'tstat'>, now: Date): Partial<Row> {
  const settled = category === 'solved' || category === 'closed';
  return {
    statusId,
    statusCategory: category,
    solvedAt: settled ? now : null,
    closedAt: category === 'closed' ? now : null,
    ...(settled ? { customerWaitingSince: null, firstSolvedAt: before.firstSolvedAt ?? now } : {}),
  };
}

/** A workspace whose tickets have promises. Each act has a kernel of its own at the moment it is said to happen. */
export class SlaDesk {
  readonly database: TestDatabase;
  readonly workspace: DemoWorkspace;
  readonly contactId: Id<'contact'>;

  private constructor(database: TestDatabase, workspace: DemoWorkspace, contactId: Id<'contact'>) {
    this.database = database;
    this.workspace = workspace;
    this.contactId = contactId;
  }

  static async open(at: Date): Promise<SlaDesk> {
    const database = await createTestDatabase();
    const kernel = testKernel(database.url, at);
    const workspace = await makeWorkspace(kernel);
    const contactId = newId(kernel.ids, 'contact');
    const contact = { id: contactId, name: 'Ada Okafor', sortName: 'ada okafor', searchText: 'ada okafor' };
    await kernel.db.batch([statement(qb.insert(contacts).values(contact))], { kind: 'commit' });
    return new SlaDesk(database, workspace, contactId);
  }

  kernel = (at: Date): TestKernel => testKernel(this.database.url, at);

  credential(role: DemoWorkspace['members'][number]['role'] = 'owner') {
    const member = this.workspace.members.find((each) => each.role === role);
    if (member === undefined) throw new Error(`nobody is ${role}`);
    return { credential: member.credential };
  }

  async promise(at: Date, ...targets: SlaTargetInput[]): Promise<Id<'sla'>> {
    const outcome = await runVerb(this.kernel(at), createSlaPolicy, { name: 'Standard', targets }, this.credential());
    if (outcome.kind !== 'done') throw new Error('nothing was replayed');
    return outcome.output.id;
  }

  async create(at: Date, born: Partial<SlaTicket> = {}, kernel = this.kernel(at)): Promise<Id<'tkt'>> {
    return runSystemVerb(kernel, openTestTicket, { born, contactId: this.contactId }, systemActor());
  }

  async act(at: Date, act: Act, kernel = this.kernel(at)): Promise<void> {
    await runSystemVerb(kernel, actOnTicket, act, systemActor());
  }

  reply(at: Date, ticketId: Id<'tkt'>, category?: Category): Promise<void> {
    const set = { customerWaitingSince: null, firstResponseAt: at };
    return this.act(at, { ticketId, set, responds: true, ...(category === undefined ? {} : { category }) });
  }

  /** Every clock with its log, ticket by ticket in the order of creation. */
  clocks = () =>
    this.database.query<{
      metric: string;
      state: string;
      breached_at: Date | null;
      cancel_reason: string | null;
      log: string[];
    }>(
      `select metric, state, breached_at, cancel_reason,
         array(select e.type from sla_events e where e.clock_id = k.id order by e.id) as log
       from ticket_sla_clocks k order by k.ticket_id, k.metric, k.cycle`,
    );

  events = (type: string) =>
    this.database.query<{ payload: unknown; entity_seq: string; entity_id: string; dedupe_key: string | null }>(
      'select payload, entity_seq, entity_id, dedupe_key from events where type = $1 order by seq',
      [type],
    );
}

const newRow = (id: Id<'tkt'>, number: number, statusId: Id<'tstat'>, contactId: Id<'contact'>, now: Date): Row => ({
  id,
  number,
  subject: `A question, the ${number}th`,
  priority: 'normal',
  channel: 'api',
  visibility: 'team',
  statusId,
  statusCategory: 'open',
  isActive: true,
  requesterPrincipalId: null,
  requesterContactId: contactId,
  requesterAssurance: 'verified',
  organizationId: null,
  inboxId: null,
  inboxChannelId: null,
  assigneePrincipalId: null,
  assigneeTeamId: null,
  primaryTeamId: null,
  createdByPrincipalId: null,
  slaPolicyId: null,
  slaNextDueAt: null,
  customFields: {},
  messageSeq: 0,
  firstResponseAt: null,
  firstSolvedAt: null,
  solvedAt: null,
  closedAt: null,
  reopenedAt: null,
  reopenCount: 0,
  wakeAt: null,
  lastActivityAt: now,
  lastPublicAt: now,
  lastMessageAt: null,
  customerWaitingSince: now,
  lastCustomerMessageAt: null,
  lastAgentMessageAt: null,
  mergedIntoId: null,
  mergedAt: null,
  deletedAt: null,
  createdAt: now,
  updatedAt: now,
  version: 1,
  revision: 1,
  eventSeq: 0,
});
