import { sql } from 'drizzle-orm';
import type { GrantScope } from '#schema/api/roles.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { inboxes, type principalRoleAssignments, teams } from '#schema/index.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { holdRow } from '../hold.ts';

type Columns = Pick<typeof principalRoleAssignments.$inferSelect, 'scopeKind' | 'teamId' | 'inboxId'>;

export function scopeOf({ teamId, inboxId }: Columns): GrantScope {
  if (teamId !== null) return { kind: 'team', id: teamId };
  return inboxId === null ? { kind: 'workspace' } : { kind: 'inbox', id: inboxId };
}

export const scopeColumns = (scope: GrantScope): Columns => ({
  scopeKind: scope.kind,
  teamId: scope.kind === 'team' ? scope.id : null,
  inboxId: scope.kind === 'inbox' ? scope.id : null,
});

/** The bare uuid of the place; null at the workspace. */
export const scopeIdOf = (scope: GrantScope): string | null => (scope.kind === 'workspace' ? null : idToUuid(scope.id));

export interface ScopePlace {
  id: Id<'team'> | Id<'inbox'>;
  archivedAt: Date | null;
  revision: number;
}

/** The team or inbox that a scope names; nothing for the workspace. */
export function scopePlaceQuery(scope: GrantScope): Statement<ScopePlace[]> {
  const table = scope.kind === 'inbox' ? inboxes : teams;
  return statement<ScopePlace[]>(
    qb
      .select({ id: table.id, archivedAt: table.archivedAt, revision: table.revision })
      .from(table)
      .where(scope.kind === 'workspace' ? nothing : sql`${table.id} = ${sql.param(scope.id, table.id)}`),
  );
}

/** @throws ServiceError unprocessable `unknown_reference`, `scope_archived`. */
export function requireLiveScope(scope: GrantScope, [place]: readonly ScopePlace[]): void {
  if (scope.kind === 'workspace') return;
  if (place === undefined) throw unknownReference('/scope/id');
  if (place.archivedAt !== null) {
    throw new ServiceError('unprocessable', `This ${scope.kind} is archived.`, { reason: 'scope_archived' });
  }
}

/** The place stays live until the grant is written. */
export const holdScope = (scope: GrantScope, [place]: readonly ScopePlace[]): Statement[] =>
  place === undefined ? [] : [holdRow(scope.kind === 'inbox' ? 'inboxes' : 'teams', place)];
