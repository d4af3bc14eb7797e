import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import { visible } from '../visible.ts';

const MOST_NAMED = 20;

/** What still works with a team: its open tickets, live inboxes, and set-up that names it. Rules of a disabled issuer do nothing. */
export interface TeamUse {
  kind: 'ticket' | 'inbox' | 'sla_policy' | 'escalation_rule' | 'issuer';
  id: Id;
  /** Tickets that the caller may not see block, too, and are not named. */
  seen: boolean;
}

const PREFIX = { ticket: 'tkt', inbox: 'inbox', sla_policy: 'sla', escalation_rule: 'esc', issuer: 'iss' } as const;

export function teamUsesQuery(auth: SQL, teamId: Id<'team'>): Statement<TeamUse[]> {
  const query = rows<{ kind: TeamUse['kind']; id: string; seen: boolean }>(
    sql`with ${auth} ${usesOf(teamId, { seen: visible(), most: MOST_NAMED })}`,
  );
  return {
    ...query,
    read: (result) => query.read(result).map(({ kind, id, seen }) => ({ kind, id: uuidToId(PREFIX[kind], id), seen })),
  };
}

/** What came to the team under a hold between load and commit makes the archiving decide again. */
export const noUsesLeft = (teamId: Id<'team'>): Statement =>
  run(sql`select public.require_rows(
    (select count(*) from (${usesOf(teamId, { seen: sql`true`, most: 1 })}) left_over), 0::bigint, 'team')`);

function usesOf(teamId: Id<'team'>, { seen, most }: { seen: SQL; most: number }): SQL {
  const team = sql`${idToUuid(teamId)}::uuid`;
  const named = `%"${teamId}"%`;
  return sql`(select 'ticket' as kind, tickets.id, ${seen} as seen from tickets
      where (tickets.primary_team_id = ${team} or tickets.assignee_team_id = ${team}) and tickets.is_active and tickets.deleted_at is null
      limit ${most})
    union all
    (select 'inbox', i.id, true from inboxes i where i.primary_team_id = ${team} and i.archived_at is null limit ${most})
    union all
    (select 'sla_policy', p.id, true from sla_policies p where p.archived_at is null and p.conditions::text like ${named} limit ${most})
    union all
    (select 'escalation_rule', e.id, true from escalation_rules e
      where concat(e.conditions, e.actions, e.fallback) like ${named} limit ${most})
    union all
    (select distinct 'issuer', r.issuer_id, true from auth_issuer_rules r
      join auth_issuers s on s.id = r.issuer_id and s.disabled_at is null where r.join_team_id = ${team} limit ${most})`;
}

/** @throws ServiceError conflict `team_in_use`, with what the caller may see of it. */
export function requireUnused(uses: readonly TeamUse[]): void {
  if (uses.length === 0) return;
  const ids = (kind: TeamUse['kind']): Id[] => uses.filter((use) => use.kind === kind && use.seen).map(({ id }) => id);
  throw new ServiceError('conflict', 'Tickets, inboxes or rules still name this team; move them first.', {
    reason: 'team_in_use',
    extra: {
      uses: {
        ticketIds: ids('ticket'),
        inboxIds: ids('inbox'),
        slaPolicyIds: ids('sla_policy'),
        escalationRuleIds: ids('escalation_rule'),
        issuerIds: ids('issuer'),
      },
    },
  });
}
