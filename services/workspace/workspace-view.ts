import type { Workspace } from '#schema/api/workspace.ts';
import { settings } from '#schema/index.ts';
import { RETENTION, type Retention } from '#schema/retention.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type SettingsRow = typeof settings.$inferSelect;

export const settingsQuery = (): Statement<SettingsRow[]> => statement<SettingsRow[]>(qb.select().from(settings));

/** The tables whose rows end by age and whose days the workspace may move. */
export const MOVABLE: ReadonlyMap<string, Retention> = new Map(
  Object.entries(RETENTION).filter(
    (entry): entry is [string, Retention] => entry[1] !== 'kept' && entry[1].min < entry[1].max,
  ),
);

export const workspaceView = (row: SettingsRow): Workspace => ({
  name: row.name,
  defaultTimeZone: row.defaultTimeZone,
  defaultLocale: row.defaultLocale,
  trustedOrigins: row.trustedOrigins,
  mcpEnabled: row.mcpEnabled,
  retention: [...MOVABLE].map(([table, { days, min, max }]) => ({
    table,
    days: row.retentionDays[table] ?? days,
    min,
    max,
  })),
  version: row.version,
});

/** There is one row of settings from the first migration on. */
export function theSettings([row]: readonly SettingsRow[]): SettingsRow {
  if (row === undefined) throw new TypeError('the row of settings is missing');
  return row;
}
