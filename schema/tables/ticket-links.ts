import { sql } from 'drizzle-orm';
import { pgTable } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { choice, createdAt, id, pk } from '../columns.ts';
import { fk, idx, key, oneOf, rule, uniqueIdx } from '../keys.ts';
import { ACTOR_KINDS, LINK_KINDS } from '../values.ts';
import { tickets } from './tickets.ts';

export const ticketLinks = pgTable(
  'ticket_links',
  {
    id: pk('tlink'),
    sourceId: id('tkt').notNull(),
    targetId: id('tkt').notNull(),
    kind: choice(LINK_KINDS).notNull(),
    ...actorColumns(),
    createdAt: createdAt(),
  },
  (t) => [
    key([t.kind, t.sourceId, t.targetId]),
    // A ticket has one parent and stands under one problem.
    uniqueIdx([t.targetId, t.kind], { where: sql`${t.kind} in ('parent_of', 'problem_of')` }),
    fk(t.sourceId, tickets.id, 'cascade'),
    fk(t.targetId, tickets.id, 'cascade'),
    rule(t.targetId, 'different', sql`${t.sourceId} <> ${t.targetId}`),
    // `related` has no direction: fixing one makes the pair unique.
    rule(t.sourceId, 'related_order', sql`${t.kind} <> 'related' or ${t.sourceId} < ${t.targetId}`),
    oneOf(t.kind, LINK_KINDS),
    oneOf(t.actorKind, ACTOR_KINDS),
    idx(t.sourceId),
    idx(t.targetId),
  ],
);
