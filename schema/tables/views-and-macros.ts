import { sql } from 'drizzle-orm';
import { type AnyPgColumn, bigint, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { jsonObject } from '../checks.ts';
import { choice, createdAt, id, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, oneOf, rule, textLength } from '../keys.ts';
import { principal } from './people.ts';
import { teams } from './teams.ts';

/** Who is offered a saved view or a macro. */
export const SHARING_AUDIENCES = ['private', 'team', 'everyone'] as const;
export const MACRO_MESSAGE_AUDIENCES = ['public', 'internal'] as const;

const VIEW_COLUMNS_MAX = 50;
const MACRO_ACTIONS_MAX = 20;

const sharedColumns = () => ({
  name: text().notNull(),
  audience: choice(SHARING_AUDIENCES).notNull(),
  ownerPrincipalId: id('prin'),
  teamId: id('team'),
  position: integer().notNull().default(0),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
  version: version(),
  revision: revision(),
  eventSeq: bigint({ mode: 'number' }).notNull().default(0),
});

type SharedColumns = Record<'name' | 'audience' | 'ownerPrincipalId' | 'teamId' | 'position', AnyPgColumn>;

const sharedRules = (t: SharedColumns) => [
  fk(t.ownerPrincipalId, principal.id, 'cascade'),
  fk(t.teamId, teams.id, 'cascade'),
  textLength(t.name, 1, 80),
  oneOf(t.audience, SHARING_AUDIENCES),
  rule(t.ownerPrincipalId, 'owner', sql`(${t.ownerPrincipalId} is not null) = (${t.audience} = 'private')`),
  rule(t.teamId, 'team', sql`(${t.teamId} is not null) = (${t.audience} = 'team')`),
  rule(t.position, 'position', sql`${t.position} >= 0`),
  idx(t.ownerPrincipalId, { where: sql`${t.ownerPrincipalId} is not null` }),
  idx(t.teamId, { where: sql`${t.teamId} is not null` }),
];

export const savedViews = pgTable(
  'saved_views',
  {
    id: pk('view'),
    ...sharedColumns(),
    filter: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    sort: text().notNull().default('-lastActivity'),
    columns: text().array().notNull().default(sql`'{}'`),
  },
  (t) => [
    ...sharedRules(t),
    jsonObject(t.filter),
    textLength(t.sort, 1, 40),
    rule(t.columns, 'columns', sql`cardinality(${t.columns}) <= ${sql.raw(String(VIEW_COLUMNS_MAX))}`),
  ],
);

export const macros = pgTable(
  'macros',
  {
    id: pk('macro'),
    ...sharedColumns(),
    body: text(),
    messageAudience: choice(MACRO_MESSAGE_AUDIENCES),
    actions: jsonb().$type<Record<string, unknown>[]>().notNull().default([]),
  },
  (t) => [
    ...sharedRules(t),
    textLength(t.body, 1, 10_000),
    oneOf(t.messageAudience, MACRO_MESSAGE_AUDIENCES),
    rule(t.body, 'message', sql`(${t.body} is null) = (${t.messageAudience} is null)`),
    rule(
      t.actions,
      'actions',
      sql`case when jsonb_typeof(${t.actions}) = 'array' then jsonb_array_length(${t.actions}) <= ${sql.raw(String(MACRO_ACTIONS_MAX))} else false end`,
    ),
  ],
);
