import { sql } from 'drizzle-orm';
import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { choice, createdAt, id, instant, pk, revision } from '../columns.ts';
import { fk, idx, key, oneOf, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { ACTOR_KINDS, AUTHOR_KINDS, MESSAGE_AUDIENCES, TICKET_CHANNELS } from '../values.ts';
import { contacts } from './contacts.ts';
import { principal } from './people.ts';
import { teams } from './teams.ts';
import { tickets } from './tickets.ts';

export const MESSAGE_VIAS = [...TICKET_CHANNELS, 'system'] as const;

const BODY_MAX = 100_000;
/** A name of 200 characters at most, or the address (254) of somebody who gave none. */
const AUTHOR_NAME_MAX = 254;

export const ticketMessages = pgTable(
  'ticket_messages',
  {
    id: pk('tmsg'),
    ticketId: id('tkt').notNull(),
    seq: integer().notNull(),
    audience: choice(MESSAGE_AUDIENCES).notNull(),
    sharedTeamId: id('team'),
    authorKind: choice(AUTHOR_KINDS).notNull(),
    authorPrincipalId: id('prin'),
    authorContactId: id('contact'),
    authorName: text().notNull(),
    via: choice(MESSAGE_VIAS).notNull(),
    isOpening: boolean().notNull().default(false),
    countsAsResponse: boolean().notNull().default(false),
    body: text().notNull(),
    bodyText: text().notNull(),
    dedupeKey: text(),
    revision: revision(),
    editedAt: instant(),
    redactedAt: instant(),
    deletedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [
    key([t.ticketId, t.seq]),
    // A referrer that repeats the audience can be held to public messages by a foreign key.
    key([t.id, t.audience]),
    key(t.dedupeKey),
    uniqueIdx(t.ticketId, { where: sql`${t.isOpening}`, name: 'ticket_messages_opening_key' }),

    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.sharedTeamId, teams.id, 'no action'),
    fk(t.authorPrincipalId, principal.id, 'set null'),
    fk(t.authorContactId, contacts.id, 'no action'),

    rule(t.seq, 'seq', sql`${t.seq} >= 1`),
    oneOf(t.audience, MESSAGE_AUDIENCES),
    rule(t.sharedTeamId, 'shared_team', sql`(${t.sharedTeamId} is not null) = (${t.audience} = 'shared_team')`),
    oneOf(t.authorKind, AUTHOR_KINDS),
    textLength(t.authorName, 0, AUTHOR_NAME_MAX),
    oneOf(t.via, MESSAGE_VIAS),
    rule(t.isOpening, 'opening', sql`not ${t.isOpening} or ${t.seq} = 1`),
    rule(
      t.countsAsResponse,
      'response',
      sql`not ${t.countsAsResponse} or (${t.authorKind} = 'agent' and ${t.audience} = 'public' and not ${t.isOpening})`,
    ),
    textLength(t.body, 0, BODY_MAX),

    idx([t.ticketId, t.createdAt, t.id]),
    idx([t.authorPrincipalId, t.createdAt], { where: sql`${t.authorPrincipalId} is not null` }),
    idx([t.authorContactId, t.createdAt], { where: sql`${t.authorContactId} is not null` }),
    idx(t.sharedTeamId, { where: sql`${t.sharedTeamId} is not null` }),
  ],
);

/** The text a message had before each edit, under the revision it had then. */
export const ticketMessageEdits = pgTable(
  'ticket_message_edits',
  {
    messageId: id('tmsg').notNull(),
    revision: integer().notNull(),
    body: text().notNull(),
    ...actorColumns(),
    editedAt: instant().notNull(),
  },
  (t) => [
    pkOf(t.messageId, t.revision),
    fk(t.messageId, ticketMessages.id, 'cascade'),
    rule(t.revision, 'revision', sql`${t.revision} >= 1`),
    textLength(t.body, 0, BODY_MAX),
    oneOf(t.actorKind, ACTOR_KINDS),
  ],
);
