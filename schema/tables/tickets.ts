import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgSequence, pgTable, text } from 'drizzle-orm/pg-core';
import { jsonObject } from '../checks.ts';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { newest } from '../newest.ts';
import {
  ACTIVE_CATEGORIES,
  ASSURANCES,
  STATUS_CATEGORIES,
  TICKET_CHANNELS,
  TICKET_PRIORITIES,
  TICKET_VISIBILITIES,
} from '../values.ts';
import { contacts } from './contacts.ts';
import { inboxChannels, inboxes } from './inboxes.ts';
import { organizations } from './organizations.ts';
import { principal } from './people.ts';
import { slaPolicies } from './sla-policies.ts';
import { teams } from './teams.ts';
import { ticketStatuses } from './ticket-statuses.ts';

/** Drawn while loading, so that concurrent creations neither wait for a number nor share one; gaps happen, reuse never. */
export const ticketNumberSeq = pgSequence('ticket_number_seq', { startWith: 1, increment: 1, cache: 1 });

/** Most urgent first; SQL of an array. */
export const BY_URGENCY = `array['${TICKET_PRIORITIES.toReversed().join("', '")}']`;

const activeCategories = ACTIVE_CATEGORIES.map((category) => `'${category}'`).join(', ');

export const tickets = pgTable(
  'tickets',
  {
    id: pk('tkt'),
    number: bigint({ mode: 'number' }).notNull(),
    subject: text().notNull(),
    priority: choice(TICKET_PRIORITIES).notNull().default('normal'),
    channel: choice(TICKET_CHANNELS).notNull().default('api'),
    visibility: choice(TICKET_VISIBILITIES).notNull().default('team'),
    statusId: id('tstat').notNull(),
    statusCategory: choice(STATUS_CATEGORIES).notNull(),
    isActive: boolean()
      .notNull()
      .generatedAlwaysAs(sql.raw(`status_category in (${activeCategories})`)),
    requesterPrincipalId: id('prin'),
    requesterContactId: id('contact'),
    requesterAssurance: choice(ASSURANCES).notNull().default('verified'),
    organizationId: id('org'),
    inboxId: id('inbox'),
    inboxChannelId: id('ibch'),
    assigneePrincipalId: id('prin'),
    assigneeTeamId: id('team'),
    primaryTeamId: id('team'),
    createdByPrincipalId: id('prin'),
    slaPolicyId: id('sla'),
    slaNextDueAt: instant(),
    customFields: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    messageSeq: integer().notNull().default(0),
    firstResponseAt: instant(),
    firstSolvedAt: instant(),
    solvedAt: instant(),
    closedAt: instant(),
    reopenedAt: instant(),
    reopenCount: integer().notNull().default(0),
    wakeAt: instant(),
    lastActivityAt: instant().notNull(),
    lastPublicAt: instant().notNull(),
    lastMessageAt: instant(),
    customerWaitingSince: instant(),
    lastCustomerMessageAt: instant(),
    lastAgentMessageAt: instant(),
    mergedIntoId: id('tkt'),
    mergedAt: instant(),
    deletedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => {
    const live = sql`${t.deletedAt} is null`;
    const lastActive = () => [newest(t.lastActivityAt), newest(t.id)] as const;
    const lastPublic = () => [newest(t.lastPublicAt), newest(t.id)] as const;
    return [
      key(t.number),

      fk([t.statusId, t.statusCategory], [ticketStatuses.id, ticketStatuses.category], 'no action'),
      fk(t.requesterPrincipalId, principal.id, 'set null'),
      fk(t.requesterContactId, contacts.id, 'no action'),
      fk(t.organizationId, organizations.id, 'no action'),
      fk(t.inboxId, inboxes.id, 'no action'),
      fk(t.inboxChannelId, inboxChannels.id, 'set null'),
      fk(t.assigneePrincipalId, principal.id, 'set null'),
      fk(t.assigneeTeamId, teams.id, 'no action'),
      fk(t.primaryTeamId, teams.id, 'no action'),
      fk(t.slaPolicyId, slaPolicies.id, 'no action'),
      fk(t.mergedIntoId, t.id, 'cascade'),

      rule(t.number, 'number', sql`${t.number} > 0`),
      textLength(t.subject, 1, 500),
      rule(t.subject, 'subject_line', sql`btrim(${t.subject}) <> '' and ${t.subject} !~ '[\\r\\n]'`),
      oneOf(t.priority, TICKET_PRIORITIES),
      oneOf(t.channel, TICKET_CHANNELS),
      oneOf(t.visibility, TICKET_VISIBILITIES),
      oneOf(t.statusCategory, STATUS_CATEGORIES),
      oneOf(t.requesterAssurance, ASSURANCES),
      jsonObject(t.customFields, 32),
      rule(t.messageSeq, 'counters', sql`${t.messageSeq} >= 0 and ${t.reopenCount} >= 0`),
      rule(t.solvedAt, 'solved', sql`(${t.solvedAt} is not null) = (${t.statusCategory} in ('solved', 'closed'))`),
      rule(t.closedAt, 'closed', sql`(${t.closedAt} is not null) = (${t.statusCategory} = 'closed')`),
      rule(t.wakeAt, 'wake', sql`${t.wakeAt} is null or ${t.statusCategory} in ('pending', 'on_hold')`),
      rule(t.mergedAt, 'merged', sql`(${t.mergedIntoId} is null) = (${t.mergedAt} is null)`),
      rule(t.mergedIntoId, 'merged_elsewhere', sql`${t.mergedIntoId} <> ${t.id}`),
      rule(t.mergedIntoId, 'merged_closed', sql`${t.mergedIntoId} is null or ${t.statusCategory} = 'closed'`),

      idx([t.isActive, ...lastActive()], { where: live }),
      idx([t.primaryTeamId, t.isActive, ...lastActive()], { where: live, name: 'tickets_primary_team_lens_idx' }),
      idx([t.assigneeTeamId, t.isActive, ...lastActive()], { where: live, name: 'tickets_assignee_team_lens_idx' }),
      idx([t.assigneePrincipalId, t.isActive, ...lastActive()], { where: live, name: 'tickets_assignee_lens_idx' }),
      idx([t.inboxId, t.isActive, ...lastActive()], { where: live, name: 'tickets_inbox_lens_idx' }),
      idx([t.organizationId, t.isActive, ...lastActive()], { where: live, name: 'tickets_organization_lens_idx' }),
      idx([t.createdByPrincipalId, t.isActive, ...lastActive()], { where: live, name: 'tickets_creator_lens_idx' }),
      idx([t.requesterContactId, t.isActive, ...lastActive()], {
        where: live,
        name: 'tickets_requester_contact_lens_idx',
      }),
      idx([t.requesterPrincipalId, t.isActive, ...lastActive()], {
        where: live,
        name: 'tickets_requester_principal_lens_idx',
      }),
      idx([t.isActive, ...lastActive()], {
        where: sql`${t.primaryTeamId} is null and ${t.assigneeTeamId} is null and ${t.inboxId} is null and ${live}`,
        name: 'tickets_pool_lens_idx',
      }),
      idx([t.primaryTeamId, ...lastActive()], {
        where: sql`${t.assigneePrincipalId} is null and ${t.isActive} and ${live}`,
        name: 'tickets_unassigned_lens_idx',
      }),

      idx([t.assigneeTeamId, ...lastActive()], {
        where: sql`${t.assigneePrincipalId} is null and ${t.isActive} and ${live}`,
        name: 'tickets_unassigned_team_lens_idx',
      }),
      idx([t.inboxId, ...lastActive()], {
        where: sql`${t.assigneePrincipalId} is null and ${t.isActive} and ${live}`,
        name: 'tickets_unassigned_inbox_lens_idx',
      }),
      idx([t.isActive, ...lastActive()], {
        where: sql`${t.visibility} = 'shared' and ${live}`,
        name: 'tickets_open_lens_idx',
      }),

      idx([t.requesterContactId, ...lastPublic()], { where: live, name: 'tickets_requester_contact_public_idx' }),
      idx([t.requesterPrincipalId, ...lastPublic()], { where: live, name: 'tickets_requester_principal_public_idx' }),
      idx([t.organizationId, ...lastPublic()], {
        where: sql`${t.visibility} = 'org' and ${live}`,
        name: 'tickets_organization_public_idx',
      }),

      idx([t.statusCategory, ...lastActive()], { where: live, name: 'tickets_status_category_lens_idx' }),
      idx([newest(t.createdAt), newest(t.id)], { where: live }),
      idx([t.slaNextDueAt, t.id], { where: sql`${t.isActive} and ${live}` }),
      idx([t.customerWaitingSince, t.id], { where: sql`${t.isActive} and ${live}` }),
      idx([sql`array_position(${sql.raw(BY_URGENCY)}, ${t.priority})`, t.customerWaitingSince, t.id], {
        where: sql`${t.isActive} and ${live}`,
        name: 'tickets_priority_idx',
      }),
      idx(sql`${t.customFields} jsonb_path_ops`, { using: 'gin', where: live, name: 'tickets_custom_fields_idx' }),

      idx(t.wakeAt, { where: sql`${t.wakeAt} is not null and ${live}` }),
      idx(t.solvedAt, { where: sql`${t.statusCategory} = 'solved' and ${live}` }),
      idx([t.deletedAt, t.id], { where: sql`${t.deletedAt} is not null` }),

      // The lenses above hold live rows only, and a foreign key looks at all of them.
      idx([t.statusId, t.statusCategory, t.id]),
      idx([t.requesterPrincipalId, newest(t.createdAt)], {
        where: sql`${t.requesterPrincipalId} is not null`,
      }),
      idx(t.requesterContactId, { where: sql`${t.requesterContactId} is not null` }),
      idx(t.organizationId, { where: sql`${t.organizationId} is not null` }),
      idx(t.inboxId, { where: sql`${t.inboxId} is not null` }),
      idx(t.inboxChannelId, { where: sql`${t.inboxChannelId} is not null` }),
      idx(t.assigneePrincipalId, { where: sql`${t.assigneePrincipalId} is not null` }),
      idx(t.assigneeTeamId, { where: sql`${t.assigneeTeamId} is not null` }),
      idx(t.primaryTeamId, { where: sql`${t.primaryTeamId} is not null` }),
      idx(t.slaPolicyId, { where: sql`${t.slaPolicyId} is not null` }),
      idx(t.mergedIntoId, { where: sql`${t.mergedIntoId} is not null` }),
    ];
  },
);
