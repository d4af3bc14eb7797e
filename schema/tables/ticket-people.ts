import { sql } from 'drizzle-orm';
import { boolean, pgTable } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { choice, createdAt, id, instant, pk, updatedAt } from '../columns.ts';
import { fk, idx, key, oneOf, rule, uniqueIdx } from '../keys.ts';
import { lensActivity } from '../lens-activity.ts';
import { newest } from '../newest.ts';
import { ACTOR_KINDS, PARTICIPANT_ROLES, SHARE_LEVELS, SUBSCRIPTION_SOURCES } from '../values.ts';
import { contacts } from './contacts.ts';
import { principal } from './people.ts';
import { teams } from './teams.ts';
import { tickets } from './tickets.ts';

export const ticketParticipants = pgTable(
  'ticket_participants',
  {
    id: pk('tpart'),
    ticketId: id('tkt').notNull(),
    principalId: id('prin'),
    contactId: id('contact'),
    role: choice(PARTICIPANT_ROLES).notNull(),
    ...actorColumns(),
    createdAt: createdAt(),
    ...lensActivity(),
  },
  (t) => [
    key([t.ticketId, t.principalId]),
    key([t.ticketId, t.contactId]),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.principalId, principal.id, 'cascade'),
    fk(t.contactId, contacts.id, 'no action'),
    rule(t.principalId, 'one_subject', sql`num_nonnulls(${t.principalId}, ${t.contactId}) = 1`),
    oneOf(t.role, PARTICIPANT_ROLES),
    oneOf(t.actorKind, ACTOR_KINDS),
    idx([t.principalId, t.isActive, newest(t.lastActivityAt), newest(t.ticketId)], {
      where: sql`${t.principalId} is not null`,
      name: 'ticket_participants_lens_idx',
    }),
    idx([t.contactId, t.ticketId], { where: sql`${t.contactId} is not null` }),
  ],
);

export const ticketShares = pgTable(
  'ticket_shares',
  {
    id: pk('tshare'),
    ticketId: id('tkt').notNull(),
    teamId: id('team').notNull(),
    level: choice(SHARE_LEVELS).notNull().default('read'),
    ...actorColumns(),
    createdAt: createdAt(),
    revokedAt: instant(),
    ...lensActivity(),
  },
  (t) => [
    uniqueIdx([t.ticketId, t.teamId], { where: sql`${t.revokedAt} is null` }),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.teamId, teams.id, 'no action'),
    oneOf(t.level, SHARE_LEVELS),
    oneOf(t.actorKind, ACTOR_KINDS),
    idx([t.teamId, t.isActive, newest(t.lastActivityAt), newest(t.ticketId)], {
      where: sql`${t.revokedAt} is null`,
      name: 'ticket_shares_lens_idx',
    }),
    // The two above hold live shares only, and a foreign key looks at ended ones too.
    idx(t.ticketId),
    idx(t.teamId),
  ],
);

export const ticketSubscriptions = pgTable(
  'ticket_subscriptions',
  {
    id: pk('tsub'),
    ticketId: id('tkt').notNull(),
    principalId: id('prin'),
    contactId: id('contact'),
    notifyMessages: boolean().notNull().default(true),
    notifyStatus: boolean().notNull().default(true),
    notifyAssignment: boolean().notNull().default(true),
    notifyFields: boolean().notNull().default(true),
    notifySla: boolean().notNull().default(true),
    notifyParticipants: boolean().notNull().default(false),
    notifyShares: boolean().notNull().default(false),
    mutedAt: instant(),
    mutedUntil: instant(),
    unsubscribedAt: instant(),
    source: choice(SUBSCRIPTION_SOURCES).notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    key([t.ticketId, t.principalId]),
    key([t.ticketId, t.contactId]),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.principalId, principal.id, 'cascade'),
    fk(t.contactId, contacts.id, 'no action'),
    rule(t.principalId, 'one_subject', sql`num_nonnulls(${t.principalId}, ${t.contactId}) = 1`),
    rule(t.mutedUntil, 'muted', sql`${t.mutedUntil} is null or ${t.mutedAt} is not null`),
    oneOf(t.source, SUBSCRIPTION_SOURCES),
    idx([t.principalId, t.ticketId], { where: sql`${t.principalId} is not null` }),
    idx([t.contactId, t.ticketId], { where: sql`${t.contactId} is not null` }),
  ],
);
