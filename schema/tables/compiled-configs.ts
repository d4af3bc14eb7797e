import { sql } from 'drizzle-orm';
import { bigint, jsonb, pgTable } from 'drizzle-orm/pg-core';
import { choice, updatedAt } from '../columns.ts';
import { oneOf, rule } from '../keys.ts';
import { COMPILED_CONFIG_KINDS } from './sla-values.ts';

/** A whole configuration ready to run. Its `revision` is both the guard of every edit and the key of what an isolate holds. */
export const compiledConfigs = pgTable(
  'compiled_configs',
  {
    kind: choice(COMPILED_CONFIG_KINDS).primaryKey(),
    revision: bigint({ mode: 'number' }).notNull(),
    content: jsonb().$type<Record<string, unknown>>().notNull(),
    /** What the conditions and actions name, so the same load can read whether it still lives. */
    refs: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    updatedAt: updatedAt(),
  },
  (t) => [
    oneOf(t.kind, COMPILED_CONFIG_KINDS),
    rule(t.revision, 'revision_range', sql`${t.revision} >= 0`),
    rule(t.content, 'content_object', sql`jsonb_typeof(${t.content}) = 'object'`),
    rule(t.content, 'content_size', sql`octet_length(${t.content}::text) <= 1048576`),
    rule(t.refs, 'refs_object', sql`jsonb_typeof(${t.refs}) = 'object'`),
  ],
);
