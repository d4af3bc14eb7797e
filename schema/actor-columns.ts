import { text } from 'drizzle-orm/pg-core';
import { bareUuid, choice } from './columns.ts';
import { ACTOR_KINDS } from './values.ts';

/**
 * Who acted, as history: without foreign key, because it outlives the actor, and with the label shown then, which erasure
 * blanks. Pair it with `oneOf(t.actorKind, ACTOR_KINDS)` in the table's constraints.
 */
export const actorColumns = () => ({
  actorKind: choice(ACTOR_KINDS).notNull(),
  actorId: bareUuid(),
  actorLabel: text(),
});
