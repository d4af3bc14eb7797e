import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CreateMacroBody, Macro } from '#schema/api/macros.ts';
import { newId } from '#schema/ids.ts';
import { macros } from '#schema/index.ts';
import { liveTeam, sharingOf } from '#services/access/offered.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitSharing } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { type MacroRow, macrosFull, macroView, requireFitting, requireMacroRoom } from './macro-queries.ts';
import { namedByActions, requireNamed } from './named-by-actions.ts';

/**
 * Keeps what is often said and done to a ticket under a name, for oneself or for others.
 * @throws ServiceError forbidden; unprocessable `unknown_reference`, `unknown_field`, `invalid_field`, `bad_action`, `limit_reached`.
 */
export const createMacro = defineVerb({
  name: 'createMacro',
  permission: TICKET_VIEWS,
  load: ({ teamId, actions }: z.output<typeof CreateMacroBody>, { now }) => ({
    named: namedByActions(sql`${JSON.stringify(actions)}::jsonb`, now),
    room: macrosFull(),
    shared: liveTeam(teamId),
  }),
  decide({ room, shared, named }, input, { authority, now, ids }) {
    const sharing = sharingOf(input, authority);
    const permit = permitSharing(authority, 'macro.manage', sharing);
    if (input.teamId !== undefined && shared.length === 0) throw unknownReference('/teamId');
    requireNamed(input.actions, named, authority);
    requireMacroRoom(room);
    const macro: MacroRow = {
      id: newId(ids, 'macro'),
      ...sharing,
      name: input.name,
      body: input.message?.body ?? null,
      messageAudience: input.message?.audience ?? null,
      actions: input.actions,
      position: input.position,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    };
    requireFitting(macro);
    const { name, audience, message, actions } = macroView(macro);
    return change<Macro>({
      permit,
      answer: macroView(macro),
      roots: [{ kind: 'insert', table: macros, row: macro }],
      audit: {
        action: 'macro.created',
        target: { type: 'macro', id: macro.id, label: name },
        changes: { name: [null, name], audience: [null, audience], message: [null, message], actions: [null, actions] },
      },
    });
  },
});
