import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { guard } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { macroById, macroView } from './macro-queries.ts';

export interface DeleteMacroInput {
  macroId: Id<'macro'>;
  ifMatch: VersionGuard | null;
}

/** Deletes a macro; what it has done stays done. @throws ServiceError not_found; forbidden; stale_version. */
export const deleteMacro = defineVerb({
  name: 'deleteMacro',
  permission: TICKET_VIEWS,
  load: ({ macroId }: DeleteMacroInput) => ({ found: macroById(macroId) }),
  decide({ found: [macro] }, { ifMatch }, { authority }) {
    const permit = permitShared(authority, 'macro.manage', macro, 'change');
    if (macro === undefined) throw notFound();
    requireVersion(ifMatch, macro.version, macroView(macro));
    const { id, name, audience, revision } = macro;
    return change({
      permit,
      answer: null,
      writes: [guard(sql`delete from macros where id = ${idToUuid(id)}::uuid and revision = ${revision}`, 1, 'macro')],
      audit: {
        action: 'macro.deleted',
        target: { type: 'macro', id, label: name },
        changes: { name: [name, null], audience: [audience, null] },
      },
    });
  },
});
