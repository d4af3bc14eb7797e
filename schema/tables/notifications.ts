import { sql } from 'drizzle-orm';
import { boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { eventName, jsonObject, snakeWord } from '../checks.ts';
import { bareUuid, choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { principal } from './people.ts';
import { tickets } from './tickets.ts';

export const NOTIFICATION_CATEGORIES = [
  'assignment',
  'message',
  'new_ticket',
  'status',
  'fields',
  'sla',
  'people',
  'share',
  'chat',
  'access',
  'job',
  'alert',
] as const;
export const CHANNEL_MODES = ['now', 'batched', 'digest', 'off'] as const;
export const BATCH_KINDS = ['ticket', 'digest', 'direct'] as const;
export const BATCH_STATES = ['waiting', 'handed', 'cancelled'] as const;

/** One per person and event. It holds ids and numbers, never a subject or text: the list renders what is visible now. */
export const inAppNotifications = pgTable(
  'in_app_notifications',
  {
    id: pk('ntf'),
    principalId: id('prin').notNull(),
    eventId: id('evt').notNull(),
    type: text().notNull(),
    category: choice(NOTIFICATION_CATEGORIES).notNull(),
    ticketId: id('tkt'),
    entityType: text().notNull(),
    entityId: bareUuid().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    inApp: boolean().notNull(),
    batchId: id('nbat'),
    groupKey: text().notNull(),
    groupCount: integer().notNull().default(1),
    contentFree: boolean().notNull().default(false),
    readAt: instant(),
    archivedAt: instant(),
    supersededAt: instant(),
    createdAt: createdAt(),
  },
  (t) => {
    const inTheBell = sql`${t.inApp} and ${t.archivedAt} is null and ${t.supersededAt} is null`;
    return [
      fk(t.principalId, principal.id, 'cascade'),
      fk(t.ticketId, tickets.id, 'cascade'),
      fk(t.batchId, notificationBatches.id, 'set null'),
      key([t.principalId, t.eventId, t.type]),
      eventName(t.type),
      oneOf(t.category, NOTIFICATION_CATEGORIES),
      snakeWord(t.entityType),
      jsonObject(t.data, 4),
      textLength(t.groupKey, 1, 200),
      rule(t.groupCount, 'group_count', sql`${t.groupCount} >= 1`),
      idx([t.principalId, t.createdAt, t.id], { where: inTheBell }),
      idx([t.principalId, t.groupKey], { where: sql`${inTheBell} and ${t.readAt} is null` }),
      idx(t.batchId, { where: sql`${t.batchId} is not null` }),
      idx(t.ticketId, { where: sql`${t.ticketId} is not null` }),
      idx(t.createdAt),
    ];
  },
);

/** One mail to come. While it waits, further notifications join it. */
export const notificationBatches = pgTable(
  'notification_batches',
  {
    id: pk('nbat'),
    principalId: id('prin').notNull(),
    kind: choice(BATCH_KINDS).notNull(),
    ticketId: id('tkt'),
    dueAt: instant().notNull(),
    state: choice(BATCH_STATES).notNull().default('waiting'),
    reason: text(),
    mailId: id('mail'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    fk(t.principalId, principal.id, 'cascade'),
    fk(t.ticketId, tickets.id, 'cascade'),
    oneOf(t.kind, BATCH_KINDS),
    rule(t.ticketId, 'ticket', sql`(${t.kind} = 'ticket') = (${t.ticketId} is not null)`),
    oneOf(t.state, BATCH_STATES),
    snakeWord(t.reason),
    uniqueIdx([t.principalId, t.kind, sql`coalesce(${t.ticketId}, '00000000-0000-0000-0000-000000000000'::uuid)`], {
      name: 'notification_batches_waiting_key',
      where: sql`${t.state} = 'waiting'`,
    }),
    idx(t.principalId),
    idx(t.ticketId, { where: sql`${t.ticketId} is not null` }),
    idx(t.dueAt, { where: sql`${t.state} = 'waiting'` }),
    idx(t.updatedAt, { where: sql`${t.state} <> 'waiting'` }),
  ],
);

/** Who wants what where. No row means every default. */
export const notificationPreferences = pgTable(
  'notification_preferences',
  {
    id: pk('npref'),
    principalId: id('prin').notNull(),
    matrix: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    quietHours: jsonb().$type<Record<string, unknown>>(),
    digest: jsonb().$type<Record<string, unknown>>(),
    mutedAt: instant(),
    mutedUntil: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    fk(t.principalId, principal.id, 'cascade'),
    key(t.principalId),
    jsonObject(t.matrix),
    jsonObject(t.quietHours),
    jsonObject(t.digest),
    rule(t.mutedUntil, 'muted', sql`${t.mutedUntil} is null or ${t.mutedAt} is not null`),
  ],
);
