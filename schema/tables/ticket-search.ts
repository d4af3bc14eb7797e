import { sql } from 'drizzle-orm';
import { pgTable } from 'drizzle-orm/pg-core';
import { choice, id, tsvector } from '../columns.ts';
import { fk, idx, key, oneOf, rule } from '../keys.ts';
import { teams } from './teams.ts';
import { tickets } from './tickets.ts';

export const SEARCH_SCOPES = ['customer', 'agent', 'team'] as const;

/** One document per ticket and audience, so that words of several messages match together and no hit betrays a note. */
export const ticketSearch = pgTable(
  'ticket_search',
  {
    ticketId: id('tkt').notNull(),
    scope: choice(SEARCH_SCOPES).notNull(),
    teamId: id('team'),
    doc: tsvector().notNull(),
  },
  (t) => [
    key([t.ticketId, t.scope, t.teamId], { nullsNotDistinct: true }),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.teamId, teams.id, 'no action'),
    oneOf(t.scope, SEARCH_SCOPES),
    rule(t.teamId, 'team_scope', sql`(${t.teamId} is not null) = (${t.scope} = 'team')`),
    idx(t.doc, { using: 'gin' }),
    idx(t.teamId, { where: sql`${t.teamId} is not null` }),
  ],
);
