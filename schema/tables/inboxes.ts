import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { INBOX_ROLES, TICKET_CHANNELS, TICKET_PRIORITIES, TICKET_VISIBILITIES } from '../values.ts';
import { businessHours } from './calendars.ts';
import { principal } from './people.ts';
import type { StoredTicketOverrides } from './sla-shapes.ts';
import { ASSIGNMENT_METHODS } from './sla-values.ts';
import { teams } from './teams.ts';
import { ticketStatuses } from './ticket-statuses.ts';

export const inboxes = pgTable(
  'inboxes',
  {
    id: pk('inbox'),
    name: text().notNull(),
    slug: text().notNull(),
    description: text(),
    color: text(),
    icon: text(),
    isDefault: boolean().notNull().default(false),
    primaryTeamId: id('team'),
    defaultStatusId: id('tstat'),
    businessHoursId: id('bh'),
    defaultPriority: choice(TICKET_PRIORITIES),
    defaultVisibility: choice(TICKET_VISIBILITIES),
    assignmentMethod: choice(ASSIGNMENT_METHODS).notNull().default('manual'),
    ticketOverrides: jsonb().$type<StoredTicketOverrides>().notNull().default({}),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.primaryTeamId, teams.id, 'restrict'),
    fk(t.defaultStatusId, ticketStatuses.id, 'restrict'),
    fk(t.businessHoursId, businessHours.id, 'restrict'),
    uniqueIdx(sql`lower(${t.name})`, { name: 'inboxes_name_key', where: sql`${t.archivedAt} is null` }),
    uniqueIdx(t.slug, { where: sql`${t.archivedAt} is null` }),
    idx(t.id, { name: 'inboxes_archived_idx', where: sql`${t.archivedAt} is not null` }),
    uniqueIdx(t.isDefault, { where: sql`${t.isDefault}` }),
    idx(t.primaryTeamId),
    idx(t.defaultStatusId),
    idx(t.businessHoursId),
    oneOf(t.defaultPriority, TICKET_PRIORITIES),
    oneOf(t.defaultVisibility, TICKET_VISIBILITIES),
    oneOf(t.assignmentMethod, ASSIGNMENT_METHODS),
    textLength(t.name, 1, 120),
    textLength(t.description, 0, 2000),
    textLength(t.icon, 1, 64),
    rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
    rule(t.color, 'color_shape', sql`${t.color} ~ '^#[0-9a-f]{6}$'`),
    rule(t.isDefault, 'default_is_live', sql`not ${t.isDefault} or ${t.archivedAt} is null`),
    rule(t.ticketOverrides, 'ticket_overrides_object', sql`jsonb_typeof(${t.ticketOverrides}) = 'object'`),
  ],
);

export const inboxChannels = pgTable(
  'inbox_channels',
  {
    id: pk('ibch'),
    inboxId: id('inbox').notNull(),
    kind: choice(TICKET_CHANNELS).notNull(),
    label: text().notNull(),
    settings: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    externalId: text(),
    enabled: boolean().notNull().default(true),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.inboxId, inboxes.id, 'restrict'),
    uniqueIdx([t.kind, t.externalId], { where: sql`${t.externalId} is not null and ${t.archivedAt} is null` }),
    idx(t.inboxId),
    oneOf(t.kind, TICKET_CHANNELS),
    textLength(t.label, 1, 120),
    textLength(t.externalId, 1, 254),
    rule(t.externalId, 'email_lower', sql`${t.kind} <> 'email' or ${t.externalId} = lower(${t.externalId})`),
    rule(
      t.externalId,
      'external_id_by_kind',
      sql`case when ${t.kind} in ('portal', 'chat') then ${t.externalId} is null
        when ${t.kind} = 'api' then true else ${t.externalId} is not null end`,
    ),
    rule(t.settings, 'settings_object', sql`jsonb_typeof(${t.settings}) = 'object'`),
  ],
);

export const inboxMemberships = pgTable(
  'inbox_memberships',
  {
    id: pk('ibmem'),
    inboxId: id('inbox').notNull(),
    principalId: id('prin').notNull(),
    role: choice(INBOX_ROLES).notNull().default('agent'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    fk(t.inboxId, inboxes.id, 'cascade'),
    fk(t.principalId, principal.id, 'cascade'),
    key([t.inboxId, t.principalId]),
    idx(t.principalId),
    oneOf(t.role, INBOX_ROLES),
  ],
);
