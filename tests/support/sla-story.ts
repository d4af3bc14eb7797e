import { type Id, type IdSource, uuidToId } from '#schema/ids.ts';
import type { Clock, Metric, Track } from '#services/sla/clock.ts';
import type { SlaLogEntry } from '#services/sla/clock-transitions.ts';
import type { CompiledPolicy, CompiledSla, CompiledTarget } from '#services/sla/compiled-sla.ts';
import { factsOf } from '#services/sla/sla-facts.ts';
import { NO_STATE, newestClock, type SlaState } from '#services/sla/sla-state.ts';
import type { SlaTicket } from '#services/sla/sla-ticket.ts';
import { snapshotBook } from '#services/sla/snapshot-book.ts';
import { stepSla } from '#services/sla/step-sla.ts';
import { closedWeek, contentIn, workdays } from './calendars.ts';

const numbered = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const STATUS = {
  open: uuidToId('tstat', numbered(1)),
  pending: uuidToId('tstat', numbered(2)),
  on_hold: uuidToId('tstat', numbered(3)),
  solved: uuidToId('tstat', numbered(4)),
  closed: uuidToId('tstat', numbered(5)),
} as const;
export const OFFICE: Id<'bh'> = uuidToId('bh', numbered(10));
const OFFICE_SNAPSHOT = uuidToId('csnap', numbered(11));
export const POLICY: Id<'sla'> = uuidToId('sla', numbered(12));
export const TEAMS = [uuidToId('team', numbered(20)), uuidToId('team', numbered(21))] as const;
export const RULE: Id<'esc'> = uuidToId('esc', numbered(30));

/** Monday to Friday 09–17 in Berlin. */
const office = {
  id: OFFICE_SNAPSHOT,
  hash: 'aa'.repeat(32),
  content: contentIn('Europe/Berlin', workdays('09:00-17:00')),
};

export const target = (metric: Metric, seconds: number, more: Partial<CompiledTarget> = {}): CompiledTarget => ({
  metric,
  priority: null,
  targetSeconds: seconds,
  warnBeforeSeconds: null,
  calendarMode: 'fixed',
  combine: 'any',
  calendarIds: [],
  pauseRule: { categories: [], statusIds: [] },
  reopenMode: 'continue',
  ...more,
});

export const policy = (targets: readonly CompiledTarget[], more: Partial<CompiledPolicy> = {}): CompiledPolicy => ({
  id: POLICY,
  version: 1,
  name: 'Standard',
  track: 'customer',
  enabled: true,
  conditions: { all: [] },
  targets,
  ...more,
});

export const configOf = (policies: readonly CompiledPolicy[], more: Partial<CompiledSla> = {}): CompiledSla => ({
  revision: 1,
  policies,
  rules: [],
  calendars: { [OFFICE]: OFFICE_SNAPSHOT },
  teamCalendars: {},
  snapshots: [office],
  matchFields: ['ticket.priority', 'ticket.inbox', 'ticket.assignee_team', 'ticket.primary_team'],
  ...more,
});

const closed = uuidToId('csnap', numbered(13));

/** The same configuration, but the office never opens. */
export const neverOpen = (config: CompiledSla): CompiledSla => ({
  ...config,
  calendars: { [OFFICE]: closed },
  snapshots: [office, { id: closed, hash: 'bb'.repeat(32), content: contentIn('Europe/Berlin', closedWeek) }],
});

const newTicket = (at: Date): SlaTicket => ({
  id: uuidToId('tkt', numbered(100)),
  subject: 'The page stays white',
  priority: 'normal',
  channel: 'api',
  visibility: 'team',
  statusId: STATUS.open,
  statusCategory: 'open',
  requesterPrincipalId: null,
  requesterContactId: uuidToId('contact', numbered(101)),
  requesterAssurance: 'verified',
  organizationId: null,
  inboxId: null,
  inboxChannelId: null,
  assigneePrincipalId: null,
  assigneeTeamId: null,
  primaryTeamId: null,
  customFields: {},
  customerWaitingSince: at,
  firstResponseAt: null,
  firstSolvedAt: null,
  deletedAt: null,
  mergedIntoId: null,
  revision: 1,
});

type Category = keyof typeof STATUS;

/** A ticket and its clocks, told act by act the way the ticket verbs change a row (04 3.4, 3.5). */
export class SlaStory {
  ticket: SlaTicket;
  state: SlaState = NO_STATE;
  config: CompiledSla;
  log: SlaLogEntry[] = [];
  #drawn = 1000;
  readonly #ids: IdSource = { nextUuid: () => numbered(this.#drawn++) };

  constructor(config: CompiledSla, at: Date, born: Partial<SlaTicket> = {}) {
    this.config = config;
    this.ticket = { ...newTicket(at), ...born };
    this.#fold(null, at);
  }

  change(at: Date, set: Partial<SlaTicket>, message?: { countsAsResponse: boolean }): this {
    const before = this.ticket;
    this.ticket = { ...before, ...set, revision: before.revision + 1 };
    return this.#fold(before, at, message);
  }

  move(at: Date, category: Category): this {
    return this.change(at, this.#moved(at, category));
  }

  /** An agent's public message, with a status move in the same commit when given. */
  reply(at: Date, category?: Category): this {
    const set = category === undefined ? {} : this.#moved(at, category);
    const answered = { customerWaitingSince: null, firstResponseAt: this.ticket.firstResponseAt ?? at };
    return this.change(at, { ...answered, ...set }, { countsAsResponse: true });
  }

  /** The requester's public message. */
  write(at: Date): this {
    const back = this.ticket.statusCategory === 'open' ? {} : this.#moved(at, 'open');
    const waits = { customerWaitingSince: this.ticket.customerWaitingSince ?? at };
    return this.change(at, { ...back, ...waits }, { countsAsResponse: false });
  }

  clock(metric: Metric, track: Track = 'customer'): Clock {
    const found = newestClock(this.state, track, metric);
    if (found === undefined) throw new Error(`no clock for ${metric}`);
    return found;
  }

  has = (metric: Metric): boolean => newestClock(this.state, 'customer', metric) !== undefined;

  /** When it is due, ISO. */
  due = (metric: Metric): string | null => {
    const { dueAt } = this.clock(metric);
    return dueAt === null ? null : new Date(dueAt).toISOString();
  };

  /** Business milliseconds of the office. */
  between = (from: Date, to: Date): number =>
    snapshotBook(this.config.snapshots).between(
      { snapshotIds: [OFFICE_SNAPSHOT], combine: 'any' },
      from.getTime(),
      to.getTime(),
    );

  types = (metric: Metric): string[] => this.log.filter(({ clock }) => clock.metric === metric).map(({ type }) => type);

  #moved(at: Date, category: Category): Partial<SlaTicket> {
    const settled = category === 'solved' || category === 'closed';
    return {
      statusId: STATUS[category],
      statusCategory: category,
      ...(settled ? { customerWaitingSince: null, firstSolvedAt: this.ticket.firstSolvedAt ?? at } : {}),
    };
  }

  #fold(before: SlaTicket | null, at: Date, message?: { countsAsResponse: boolean }): this {
    const use = { config: this.config, book: snapshotBook(this.config.snapshots), ids: this.#ids };
    for (const fact of factsOf({ before, after: this.ticket, message }, this.config)) {
      const dated = {
        fact,
        at: at.getTime(),
        before: before ?? this.ticket,
        ticket: this.ticket,
        about: {},
        reason: null,
      };
      const step = stepSla(this.state, dated, use);
      this.state = step.state;
      this.log.push(...step.log);
    }
    return this;
  }
}
