import { and, isNull, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { invitation, roles, teams } from '#schema/index.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { type Authority, authorityFromRow } from '../authority.ts';
import { membersCte } from '../authority-sql.ts';
import { type RoleRow, selectRoles } from '../roles/role-queries.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { readInvitationToken } from './invitation-token.ts';
import type { InvitationRow } from './invitation-view.ts';

export interface LiveTeam {
  id: Id<'team'>;
  archivedAt: Date | null;
  revision: number;
}

const MOST_MEMBERS = 5000;

/** The invitation of a token with all that it promises, and what its inviter holds at this moment. */
export function invitedQueries(token: string, now: Date) {
  const read = readInvitationToken(token);
  const id = read === undefined ? sql`null::uuid` : sql`${idToUuid(read.invitationId)}::uuid`;
  const hash = Buffer.from(read?.hash ?? []).toString('hex');
  const one = (column: string): SQL => sql`(select ${sql.raw(column)} from invitation where id = ${id})`;
  const inviter = membersCte(one('invited_by_principal_id'), now);
  return {
    // An ended invitation keeps its hash, so that only the holder of its token is told that it is over.
    found: statement<InvitationRow[]>(
      qb
        .select()
        .from(invitation)
        .where(and(sql`${invitation.id} = ${id}`, sql`${invitation.tokenHash} = ${`\\x${hash}`}::bytea`)),
    ),
    role: statement<RoleRow[]>(selectRoles().where(and(sql`${roles.id} = ${one('role_id')}`, isNull(roles.deletedAt)))),
    teams: statement<LiveTeam[]>(
      qb
        .select({ id: teams.id, archivedAt: teams.archivedAt, revision: teams.revision })
        .from(teams)
        .where(sql`${teams.id} = any (${one('team_ids')}::uuid[])`),
    ),
    inviter: inviterQuery(inviter),
    inviterRoles: actingRolesQuery(inviter, now),
    full: rows<{ full: boolean }>(
      sql`select exists (select from principal where member_state in ('active', 'suspended') offset ${MOST_MEMBERS - 1}) as full`,
    ),
  };
}

function inviterQuery(auth: SQL): Statement<Authority | undefined> {
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${auth} select to_jsonb(auth.*) as authority from auth`,
  );
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      return row === undefined ? undefined : authorityFromRow(row.authority);
    },
  };
}
