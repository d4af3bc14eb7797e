import { sql } from 'drizzle-orm';
import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { digest, lowerCase } from '../checks.ts';
import { bytea, choice, createdAt, id, idArray, instant, pk, revision } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { INVITATION_STATES } from '../values.ts';
import { principal } from './people.ts';
import { roles } from './roles.ts';

/** A way in for one address. That it is over is computed from `expiresAt`, never stored. */
export const invitation = pgTable(
  'invitation',
  {
    id: pk('inv'),
    email: text().notNull(),
    name: text(),
    roleId: id('role'),
    roleDays: integer(),
    teamIds: idArray('team').notNull().default(sql`'{}'`),
    note: text(),
    state: choice(INVITATION_STATES).notNull().default('pending'),
    tokenHash: bytea(),
    expiresAt: instant().notNull(),
    invitedByPrincipalId: id('prin').notNull(),
    acceptedPrincipalId: id('prin'),
    acceptedAt: instant(),
    lastSentAt: instant(),
    sendCount: integer().notNull().default(0),
    createdAt: createdAt(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.roleId, roles.id, 'restrict'),
    fk(t.invitedByPrincipalId, principal.id, 'restrict'),
    fk(t.acceptedPrincipalId, principal.id, 'restrict'),
    uniqueIdx(t.email, { where: sql`${t.state} = 'pending'` }),
    key(t.tokenHash),
    lowerCase(t.email),
    textLength(t.email, 1, 254),
    textLength(t.name, 1, 120),
    textLength(t.note, 1, 500),
    rule(t.roleDays, 'role_days', sql`${t.roleDays} is null or (${t.roleDays} >= 1 and ${t.roleId} is not null)`),
    rule(t.teamIds, 'team_ids', sql`cardinality(${t.teamIds}) <= 100`),
    oneOf(t.state, INVITATION_STATES),
    digest(t.tokenHash),
    rule(
      t.acceptedAt,
      'accepted',
      sql`(${t.state} = 'accepted') = (${t.acceptedAt} is not null) and (${t.acceptedAt} is null) = (${t.acceptedPrincipalId} is null)`,
    ),
    rule(t.sendCount, 'send_count', sql`${t.sendCount} >= 0`),
    idx(t.roleId, { where: sql`${t.roleId} is not null` }),
    idx(t.invitedByPrincipalId),
    idx(t.acceptedPrincipalId, { where: sql`${t.acceptedPrincipalId} is not null` }),
    idx([t.state, t.createdAt]),
    idx(t.expiresAt),
  ],
);
