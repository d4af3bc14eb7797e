import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { UpdateWorkspaceBody, Workspace } from '#schema/api/workspace.ts';
import { type FieldError, type Reason, ServiceError } from '#schema/errors.ts';
import { settings, timeZones } from '#schema/index.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { MOVABLE, type SettingsRow, settingsQuery, theSettings, workspaceView } from './workspace-view.ts';

export interface UpdateWorkspaceInput {
  /** Absent keeps; of `retentionDays` each table by itself, null for its default. */
  changes: Omit<z.output<typeof UpdateWorkspaceBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

const FIELDS = [
  'name',
  'defaultTimeZone',
  'defaultLocale',
  'trustedOrigins',
  'mcpEnabled',
  'retentionDays',
] as const satisfies readonly (keyof SettingsRow)[];

/**
 * Changes the settings of the workspace.
 * @throws ServiceError forbidden, stale_version, unprocessable `unknown_time_zone`, `unknown_table`, `out_of_range`.
 */
export const updateWorkspace = defineVerb({
  name: 'updateWorkspace',
  permission: 'admin.manage_settings',

  load: ({ changes }: UpdateWorkspaceInput) => ({
    found: settingsQuery(),
    zone: statement(
      qb
        .select({ name: timeZones.name })
        .from(timeZones)
        .where(eq(timeZones.name, changes.defaultTimeZone ?? '')),
    ),
  }),

  decide({ found, zone }, { changes, ifMatch }, { authority, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_settings', {
      view: 'admin.manage_settings',
      single: false,
    });
    const stored = theSettings(found);
    const before = { ...stored, retentionDays: inOrder(stored.retentionDays) };
    requireVersion(ifMatch, before.version, workspaceView(before));
    if (changes.defaultTimeZone !== undefined && zone.length === 0) {
      const detail = `${changes.defaultTimeZone} is not an IANA time zone.`;
      throw unfit('unknown_time_zone', { pointer: '/defaultTimeZone', detail });
    }
    const { retentionDays = {}, trustedOrigins, ...plain } = changes;
    const after: SettingsRow = {
      ...before,
      ...given(plain),
      trustedOrigins: trustedOrigins === undefined ? before.trustedOrigins : [...new Set(trustedOrigins)],
      retentionDays: movedRetention(before.retentionDays, retentionDays),
      version: before.version + 1,
      updatedAt: now,
    };
    const edits = fieldChanges(before, after, FIELDS).filter(
      ({ from, to }) => JSON.stringify(from) !== JSON.stringify(to),
    );
    if (edits.length === 0) return unchanged<Workspace>(permit, workspaceView(before));
    return change<Workspace>({
      permit,
      answer: workspaceView(after),
      roots: [
        {
          kind: 'update',
          table: settings,
          what: 'settings',
          loaded: before,
          set: { ...Object.fromEntries(FIELDS.map((field) => [field, after[field]])), version: after.version },
        },
      ],
      audit: {
        action: 'settings.updated',
        target: { type: 'settings', id: before.id, label: after.name },
        changes: auditChanges(edits),
      },
    });
  },
});

function movedRetention(
  before: Readonly<Record<string, number>>,
  wanted: Readonly<Record<string, number | null>>,
): Record<string, number> {
  for (const [table, days] of Object.entries(wanted)) {
    const rule = MOVABLE.get(table);
    const pointer = `/retentionDays/${table}`;
    if (rule === undefined) throw unfit('unknown_table', { pointer, detail: 'Rows of this table do not end by age.' });
    if (days !== null && (days < rule.min || days > rule.max))
      throw unfit('out_of_range', { pointer, detail: `From ${rule.min} to ${rule.max} days.` });
  }
  return inOrder({ ...before, ...wanted });
}

/** By table, without those that are at their default: Postgres gives the keys of an object in an order of its own. */
const inOrder = (days: Readonly<Record<string, number | null>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(days)
      .filter((entry): entry is [string, number] => entry[1] !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

function unfit(reason: Reason, { pointer, detail }: Pick<FieldError, 'pointer' | 'detail'>): ServiceError {
  return new ServiceError('unprocessable', detail, { reason, errors: [{ in: 'body', pointer, code: reason, detail }] });
}
