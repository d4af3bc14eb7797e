import type { Macro } from '#schema/api/macros.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { macroById, macroView } from './macro-queries.ts';

/** One macro that the caller is offered. @throws ServiceError not_found, the same for absent and not offered. */
export const getMacro = defineRead({
  name: 'getMacro',
  permission: TICKET_VIEWS,
  load: ({ macroId }: { macroId: Id<'macro'> }) => ({ found: macroById(macroId) }),
  decide({ found: [macro] }, _input, { authority }) {
    const permit = permitShared(authority, 'macro.manage', macro, 'see');
    if (macro === undefined) throw notFound();
    return unchanged<Macro>(permit, macroView(macro));
  },
});
