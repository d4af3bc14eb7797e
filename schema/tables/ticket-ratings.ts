import { sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { digest } from '../checks.ts';
import { bytea, id, instant, pk } from '../columns.ts';
import { fk, idx, key, rule, textLength } from '../keys.ts';
import { newest } from '../newest.ts';
import { contacts } from './contacts.ts';
import { principal } from './people.ts';
import { teams } from './teams.ts';
import { tickets } from './tickets.ts';

export const ticketRatings = pgTable(
  'ticket_ratings',
  {
    id: pk('csat'),
    ticketId: id('tkt').notNull(),
    /** The ticket's reopen count when it was asked or rated: each solution is rated once. */
    cycle: integer().notNull(),
    contactId: id('contact'),
    principalId: id('prin'),
    /** Null when rated unasked: there is no link to follow. */
    tokenHash: bytea(),
    askedAt: instant(),
    expiresAt: instant().notNull(),
    score: integer(),
    comment: text(),
    ratedAt: instant(),
    /** Who had solved it. */
    agentPrincipalId: id('prin'),
    teamId: id('team'),
  },
  (t) => [
    key(t.tokenHash),
    key([t.ticketId, t.cycle]),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.contactId, contacts.id, 'no action'),
    fk(t.principalId, principal.id, 'set null'),
    fk(t.agentPrincipalId, principal.id, 'set null'),
    fk(t.teamId, teams.id, 'no action'),
    rule(t.cycle, 'cycle', sql`${t.cycle} >= 0`),
    digest(t.tokenHash),
    rule(t.score, 'score', sql`${t.score} between 1 and 5`),
    rule(t.ratedAt, 'rated', sql`(${t.ratedAt} is null) = (${t.score} is null)`),
    textLength(t.comment, 0, 2000),
    idx([newest(t.ratedAt), t.id], { where: sql`${t.ratedAt} is not null` }),
    idx([t.contactId, t.askedAt]),
    idx(t.principalId, { where: sql`${t.principalId} is not null` }),
    idx(t.agentPrincipalId, { where: sql`${t.agentPrincipalId} is not null` }),
    idx(t.teamId, { where: sql`${t.teamId} is not null` }),
  ],
);
