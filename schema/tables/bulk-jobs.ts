import { sql } from 'drizzle-orm';
import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { jsonObject } from '../checks.ts';
import { bareUuid, choice, createdAt, id, instant, pk } from '../columns.ts';
import { fk, idx, oneOf, pkOf, rule } from '../keys.ts';
import { ACTOR_KINDS } from '../values.ts';
import { ticketAttachments } from './ticket-attachments.ts';

export const BULK_JOB_KINDS = [
  'ticket_action',
  'status_replace',
  'tag_change',
  'incidents',
  'undo',
  'release_assignee',
  'close_loop',
  'move_tickets',
  'attach_contacts',
  'erase',
  'import',
  'export',
] as const;
export const BULK_JOB_STATES = ['queued', 'running', 'done', 'cancelled', 'failed'] as const;
export const BULK_ITEM_STATES = ['pending', 'ok', 'unchanged', 'refused', 'conflict'] as const;

/** Room for an action with a message of 100,000 characters in any script. */
const PARAMS_MAX_KIBIBYTES = 512;
/** Room for one line of an import with all of its attributes. */
const INPUT_MAX_KIBIBYTES = 64;

export const bulkJobs = pgTable(
  'bulk_jobs',
  {
    id: pk('bulk'),
    kind: choice(BULK_JOB_KINDS).notNull(),
    state: choice(BULK_JOB_STATES).notNull().default('queued'),
    ...actorColumns(),
    /** Who asked. Without foreign key: every chunk loads this authority anew, and one that is gone is authority lost. */
    principalId: id('prin'),
    apiKeyId: id('key'),
    params: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    total: integer().notNull().default(0),
    succeeded: integer().notNull().default(0),
    unchanged: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    undoOfId: id('bulk'),
    resultAttachmentId: id('tatt'),
    /** Set from the start: the tick finds a job whose first wake-up was lost by this instant alone. */
    heartbeatAt: instant().notNull().defaultNow(),
    createdAt: createdAt(),
    finishedAt: instant(),
  },
  (t) => [
    fk(t.undoOfId, t.id, 'set null'),
    fk(t.resultAttachmentId, ticketAttachments.id, 'set null'),
    oneOf(t.kind, BULK_JOB_KINDS),
    oneOf(t.state, BULK_JOB_STATES),
    oneOf(t.actorKind, ACTOR_KINDS),
    jsonObject(t.params, PARAMS_MAX_KIBIBYTES),
    rule(
      t.total,
      'counters',
      sql`${t.total} >= 0 and ${t.succeeded} >= 0 and ${t.unchanged} >= 0 and ${t.failed} >= 0`,
    ),
    rule(t.finishedAt, 'finished', sql`(${t.finishedAt} is null) = (${t.state} in ('queued', 'running'))`),
    idx(t.heartbeatAt, { where: sql`${t.state} in ('queued', 'running')` }),
    idx([t.actorId, t.createdAt]),
    idx(t.finishedAt, { where: sql`${t.finishedAt} is not null` }),
    idx(t.undoOfId, { where: sql`${t.undoOfId} is not null` }),
    idx(t.resultAttachmentId, { where: sql`${t.resultAttachmentId} is not null` }),
  ],
);

export const bulkJobItems = pgTable(
  'bulk_job_items',
  {
    jobId: id('bulk').notNull(),
    position: integer().notNull(),
    /** What the job's kind works on; null for a line of an import that makes something new. */
    targetId: bareUuid(),
    input: jsonb().$type<Record<string, unknown>>(),
    state: choice(BULK_ITEM_STATES).notNull().default('pending'),
    code: text(),
    reason: text(),
    resultId: bareUuid(),
  },
  (t) => [
    pkOf(t.jobId, t.position),
    fk(t.jobId, bulkJobs.id, 'cascade'),
    rule(t.position, 'position', sql`${t.position} >= 0`),
    jsonObject(t.input, INPUT_MAX_KIBIBYTES),
    oneOf(t.state, BULK_ITEM_STATES),
    idx([t.jobId, t.position], { where: sql`${t.state} = 'pending'`, name: 'bulk_job_items_pending_idx' }),
  ],
);
