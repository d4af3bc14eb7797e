import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, oneOf, pkOf, rule, someOf, textLength, uniqueIdx } from '../keys.ts';
import { ACCESS_LEVELS, SCOPE_KINDS, type ValueOf } from '../values.ts';

/** The catalogue of the code, mirrored at migrate time so that SQL can join it. A key that left the code is retired, not deleted. */
export const permissions = pgTable(
  'permissions',
  {
    key: text().primaryKey(),
    category: text().notNull(),
    resource: text().notNull(),
    scopeKinds: text().array().$type<ValueOf<typeof SCOPE_KINDS>[]>().notNull(),
    level: choice(ACCESS_LEVELS),
    implies: text().array().notNull().default(sql`'{}'`),
    sensitive: boolean().notNull().default(false),
    description: text().notNull(),
    retiredAt: instant(),
  },
  (t) => [
    rule(t.key, 'key_shape', sql`${t.key} ~ '^[a-z][a-z_]*[.][a-z][a-z_]*$' and char_length(${t.key}) <= 64`),
    someOf(t.scopeKinds, SCOPE_KINDS),
    rule(t.scopeKinds, 'scope_kinds_some', sql`cardinality(${t.scopeKinds}) >= 1`),
    oneOf(t.level, ACCESS_LEVELS),
    textLength(t.category, 1, 120),
    textLength(t.resource, 1, 120),
    textLength(t.description, 1, 2000),
  ],
);

export const roles = pgTable(
  'roles',
  {
    id: pk('role'),
    key: text().notNull(),
    name: text().notNull(),
    description: text(),
    isSystem: boolean().notNull().default(false),
    /** What the role gives at each kind of place; kept by `keep_role_means` alone. */
    means: jsonb().$type<Partial<Record<ValueOf<typeof SCOPE_KINDS>, string[]>>>().notNull().default({}),
    deletedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    uniqueIdx(t.key, { where: sql`${t.deletedAt} is null` }),
    rule(t.key, 'key_shape', sql`${t.key} ~ '^[a-z][a-z0-9_-]{0,63}$'`),
    textLength(t.name, 1, 120),
    textLength(t.description, 0, 2000),
  ],
);

export const rolePermissions = pgTable(
  'role_permissions',
  {
    roleId: id('role').notNull(),
    permissionKey: text().notNull(),
  },
  (t) => [
    pkOf(t.roleId, t.permissionKey),
    fk(t.roleId, roles.id, 'cascade'),
    fk(t.permissionKey, permissions.key, 'restrict'),
    idx(t.permissionKey),
  ],
);
