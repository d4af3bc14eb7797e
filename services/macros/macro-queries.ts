import { eq, type SQL, sql } from 'drizzle-orm';
import type { Macro } from '#schema/api/macros.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { macros } from '#schema/index.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';

export type MacroRow = typeof macros.$inferSelect;

export const macroById = (macroId: Id<'macro'>): Statement<MacroRow[]> =>
  statement<MacroRow[]>(qb.select().from(macros).where(eq(macros.id, macroId)));

/** Its actions as SQL, so that one trip reads the macro and all that they name. */
export const actionsOf = (macroId: Id<'macro'>): SQL =>
  sql`(select actions from macros where id = ${sql.param(macroId, macros.id)})`;

export const messageOf = ({ body, messageAudience }: MacroRow): Macro['message'] =>
  body === null || messageAudience === null ? null : { body, audience: messageAudience };

export const macroView = (macro: MacroRow): Macro => ({
  id: macro.id,
  name: macro.name,
  audience: macro.audience,
  teamId: macro.teamId,
  message: messageOf(macro),
  actions: macro.actions as Macro['actions'],
  position: macro.position,
  createdAt: macro.createdAt.toISOString(),
  updatedAt: macro.updatedAt.toISOString(),
  version: macro.version,
});

/**
 * What a macro says and does goes together: words in the trash reach no customer, and there is one way to go.
 * @throws ServiceError unprocessable `bad_action`.
 */
export function requireFitting({ actions, messageAudience }: Pick<MacroRow, 'actions' | 'messageAudience'>): void {
  const moves = actions.filter(({ type }) => type === 'delete' || type === 'restore');
  if (moves.length > 1 || (moves[0]?.type === 'delete' && messageAudience === 'public'))
    throw new ServiceError(
      'unprocessable',
      'A macro deletes or restores, once, and deletes without a public message.',
      {
        reason: 'bad_action',
      },
    );
}

const MOST_MACROS = 500;

export const macrosFull = (): Statement<{ full: boolean }[]> =>
  rows<{ full: boolean }>(sql`select exists (select from macros offset ${MOST_MACROS - 1}) as full`);

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireMacroRoom([found]: readonly { full: boolean }[]): void {
  if (found?.full)
    throw new ServiceError('unprocessable', `There are ${MOST_MACROS} macros already.`, { reason: 'limit_reached' });
}
