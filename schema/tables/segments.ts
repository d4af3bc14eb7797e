import { sql } from 'drizzle-orm';
import { bigint, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { MEMBER_EFFECTS, MEMBER_SOURCES, SEGMENT_KINDS } from '../content-values.ts';
import { fk, idx, oneOf, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { ACTOR_KINDS } from '../values.ts';
import { principal } from './people.ts';

export const segments = pgTable(
  'segments',
  {
    id: pk('seg'),
    slug: text().notNull(),
    name: text().notNull(),
    description: text(),
    color: text(),
    kind: choice(SEGMENT_KINDS).notNull(),
    rule: jsonb().$type<Readonly<Record<string, unknown>>>(),
    memberCount: integer().notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: instant(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => {
    const live = sql`${t.deletedAt} is null`;
    return [
      uniqueIdx(t.slug, { where: live }),
      uniqueIdx(sql`lower(${t.name})`, { name: 'segments_name_key', where: live }),
      idx([t.name, t.id], { where: live }),
      idx(t.id, { name: 'segments_dynamic_idx', where: sql`${t.kind} = 'dynamic' and ${live}` }),

      rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
      textLength(t.name, 1, 120),
      textLength(t.description, 0, 2000),
      rule(t.color, 'color_shape', sql`${t.color} ~ '^#[0-9a-f]{6}$'`),
      oneOf(t.kind, SEGMENT_KINDS),
      rule(t.rule, 'rule', sql`jsonb_typeof(${t.rule}) = 'object'`),
      rule(t.rule, 'dynamic', sql`(${t.kind} = 'dynamic') = (${t.rule} is not null)`),
      rule(t.memberCount, 'member_count', sql`${t.memberCount} >= 0`),
    ];
  },
);

/** One row per pair: a hand-made one overrides the rule, `out` excludes for good. */
export const userSegments = pgTable(
  'user_segments',
  {
    segmentId: id('seg').notNull(),
    principalId: id('prin').notNull(),
    effect: choice(MEMBER_EFFECTS).notNull().default('in'),
    source: choice(MEMBER_SOURCES).notNull(),
    reason: text(),
    ...actorColumns(),
    createdAt: createdAt(),
  },
  (t) => [
    pkOf(t.segmentId, t.principalId),
    fk(t.segmentId, segments.id, 'cascade'),
    fk(t.principalId, principal.id, 'cascade'),
    // Not partial on `in`: the foreign key and the erasure of a person need exclusions too.
    idx([t.principalId, t.effect, t.segmentId]),

    oneOf(t.effect, MEMBER_EFFECTS),
    oneOf(t.source, MEMBER_SOURCES),
    textLength(t.reason, 0, 200),
    oneOf(t.actorKind, ACTOR_KINDS),
    rule(t.source, 'rule_includes', sql`${t.source} <> 'rule' or ${t.effect} = 'in'`),
  ],
);
