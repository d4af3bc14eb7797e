import * as z from 'zod';

const loose = z.record(z.string(), z.unknown());

const column = z.looseObject({
  name: z.string(),
  type: z.string(),
  primaryKey: z.boolean(),
  notNull: z.boolean(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  generated: z.looseObject({ as: z.string(), type: z.string().optional() }).optional(),
  identity: z.unknown().optional(),
});

const table = z.looseObject({
  name: z.string(),
  columns: z.record(z.string(), column),
  indexes: loose,
  foreignKeys: loose,
  compositePrimaryKeys: loose,
  uniqueConstraints: loose,
  policies: loose,
  checkConstraints: z.record(z.string(), z.looseObject({ name: z.string(), value: z.string() })),
  isRLSEnabled: z.boolean(),
});

/** What the chain's rules read of a drizzle-kit snapshot (version 7, PostgreSQL). */
export const snapshotSchema = z.looseObject({
  id: z.string(),
  prevId: z.string(),
  version: z.literal('7'),
  dialect: z.literal('postgresql'),
  tables: z.record(z.string(), table),
  enums: loose,
  schemas: loose,
  sequences: loose,
  roles: loose,
  policies: loose,
  views: loose,
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type SnapshotTable = z.infer<typeof table>;
export type SnapshotColumn = z.infer<typeof column>;
