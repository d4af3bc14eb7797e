import { sql } from 'drizzle-orm';
import { bigint, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { jsonObject } from '../checks.ts';
import { bareUuid, choice, instant, pk, revision } from '../columns.ts';
import { idx, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { ACTOR_KINDS } from '../values.ts';

export const DEAD_LETTER_STATES = ['open', 'replayed', 'discarded'] as const;

/** What can give up: four places of the event path, then every kind of queue message; `mail_event` is the cloud's own form. */
export const DEAD_LETTER_KINDS = [
  'fanout',
  'sink_standing',
  'loop_stopped',
  'crashed',
  'events',
  'webhook_recover',
  'bulk_job',
  'sla_wake',
  'sla_job',
  'sla_escalation',
  'routing',
  'assign',
  'segment',
  'segments_dirty',
  'content_due',
  'delivery',
  'github_inbound',
  'github_issue',
  'github_reconcile',
  'github_backfill',
  'mail_inbound',
  'mail_send',
  'notify_mail',
  'widget_code',
  'invitation',
  'mail_event',
] as const;

/** Work that gave up, until somebody replays or discards it. `refId` is text: a sink's name, or event and sink, may stand there. */
export const deadLetters = pgTable(
  'dead_letters',
  {
    id: pk('dead'),
    kind: choice(DEAD_LETTER_KINDS).notNull(),
    refId: text().notNull(),
    queue: text(),
    detail: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    count: integer().notNull().default(1),
    firstAt: instant().notNull(),
    lastAt: instant().notNull(),
    state: choice(DEAD_LETTER_STATES).notNull().default('open'),
    actorKind: choice(ACTOR_KINDS),
    actorId: bareUuid(),
    actorLabel: text(),
    endedAt: instant(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    uniqueIdx([t.kind, t.refId], { where: sql`${t.state} = 'open'` }),
    oneOf(t.kind, DEAD_LETTER_KINDS),
    textLength(t.refId, 1, 200),
    textLength(t.queue, 1, 64),
    jsonObject(t.detail),
    rule(t.count, 'count', sql`${t.count} >= 1`),
    oneOf(t.state, DEAD_LETTER_STATES),
    oneOf(t.actorKind, ACTOR_KINDS),
    rule(
      t.endedAt,
      'ended',
      sql`(${t.state} = 'open') = (${t.endedAt} is null) and (${t.endedAt} is null) = (${t.actorKind} is null)`,
    ),
    idx([t.state, t.lastAt, t.id]),
    idx(t.endedAt),
  ],
);
