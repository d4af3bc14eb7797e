import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Macro, UpdateMacroBody } from '#schema/api/macros.ts';
import type { Id } from '#schema/ids.ts';
import { macros } from '#schema/index.ts';
import { liveTeam, sharingOf } from '#services/access/offered.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared, permitSharing } from '#services/access/permit.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { type MacroRow, macroById, macroView, requireFitting } from './macro-queries.ts';
import { namedByActions, requireNamed } from './named-by-actions.ts';

export interface UpdateMacroInput {
  macroId: Id<'macro'>;
  /** Absent keeps. */
  changes: Omit<z.output<typeof UpdateMacroBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

const FIELDS = ['name', 'audience', 'teamId', 'body', 'messageAudience', 'actions', 'position'] as const;

/**
 * Changes a macro, or to whom it is offered; a private one becomes the caller's own.
 * @throws ServiceError not_found; forbidden; stale_version; and as `createMacro`.
 */
export const updateMacro = defineVerb({
  name: 'updateMacro',
  permission: TICKET_VIEWS,
  load: ({ macroId, changes }: UpdateMacroInput, { now }) => ({
    named: namedByActions(sql`${JSON.stringify(changes.actions ?? [])}::jsonb`, now),
    found: macroById(macroId),
    shared: liveTeam(changes.teamId),
  }),
  decide({ found: [before], shared, named }, { changes, ifMatch }, { authority, now }) {
    const permit = permitShared(authority, 'macro.manage', before, 'change');
    if (before === undefined) throw notFound();
    const { audience, teamId, message, ...fields } = changes;
    const after: MacroRow = {
      ...before,
      ...given(fields),
      ...(message === undefined ? {} : { body: message?.body ?? null, messageAudience: message?.audience ?? null }),
      ...(audience === undefined ? {} : sharingOf({ audience, teamId }, authority)),
      updatedAt: now,
    };
    permitSharing(authority, 'macro.manage', after);
    requireVersion(ifMatch, before.version, macroView(before));
    if (teamId !== undefined && shared.length === 0) throw unknownReference('/teamId');
    requireNamed(changes.actions ?? [], named, authority);
    requireFitting(after);
    const changed = fieldChanges(before, after, FIELDS).filter(
      ({ from, to }) => canonicalJson(from) !== canonicalJson(to),
    );
    if (changed.length === 0) return unchanged<Macro>(permit, macroView(before));
    after.version += 1;
    const { version, ownerPrincipalId } = after;
    const set = { ...Object.fromEntries(FIELDS.map((field) => [field, after[field]])), ownerPrincipalId, version };
    return change<Macro>({
      permit,
      answer: macroView(after),
      roots: [{ kind: 'update', table: macros, what: 'macro', loaded: before, set }],
      audit: {
        action: 'macro.updated',
        target: { type: 'macro', id: after.id, label: after.name },
        changes: auditChanges(changed),
      },
    });
  },
});
