import type { AccessBecause } from '#schema/api/access.ts';
import type { GrantScope } from '#schema/api/roles.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { EffectiveGrant } from '#services/access/authority.ts';
import { type Arm, ticketArms } from '#services/access/can.ts';
import type { Permission } from '#services/access/permissions.ts';
import type { Resource, SharedFacts } from './resource.ts';
import { assignmentId, type Seat } from './seat.ts';

const VIEW_OF = {
  all: 'ticket.view_all',
  team: 'ticket.view_team',
  inbox: 'ticket.view_team',
  pool: 'ticket.view_team',
  share: 'ticket.view_shared',
  open: 'ticket.view_shared',
  assigned: 'ticket.view_assigned',
  created: 'ticket.view_assigned',
  participant: 'ticket.view_assigned',
} as const satisfies Record<Arm['name'], Permission>;

/** Every way to sight of a ticket with the grants behind it, then what holds the permission there. */
export function becauseOf(seat: Seat, key: Permission, resource: Resource): AccessBecause[] {
  const sight = resource.kind === 'ticket' ? sightOf(seat, resource.facts) : [];
  const holds = seat.authority.grants
    .filter((grant) => grant.key === key && isAt(grant, resource))
    .flatMap((grant) => giversOf(seat, grant, 'grant'));
  return [...sight, ...holds];
}

const sightOf = (seat: Seat, facts: SharedFacts): AccessBecause[] =>
  ticketArms(seat.authority, facts).flatMap((arm) => {
    const shareId = facts.shares.find(({ teamId }) => teamId === arm.shareTeamId)?.id;
    return seat.authority.grants.flatMap((grant) => {
      if (grant.key !== VIEW_OF[arm.name] || !opens(seat, grant, arm, facts)) return [];
      const teamId = arm.name === 'team' ? nearTeam(seat, grant, facts) : arm.shareTeamId;
      return giversOf(seat, grant, arm.name).map((giver) => ({
        ...giver,
        level: arm.level,
        ...(teamId === undefined ? {} : { teamId }),
        ...(shareId === undefined ? {} : { shareId }),
      }));
    });
  });

/** Whether this grant of the view key is one that makes the arm hold. */
function opens(seat: Seat, grant: EffectiveGrant, arm: Arm, facts: SharedFacts): boolean {
  const atWorkspace = grant.scope === 'workspace';
  switch (arm.name) {
    case 'all':
    case 'assigned':
    case 'created':
    case 'participant':
      return atWorkspace || teamsOf(facts).some((id) => isPlace(grant, id)) || isPlace(grant, facts.inboxId);
    case 'team':
      return nearTeam(seat, grant, facts) !== undefined;
    case 'inbox': {
      const mine = arm.level === 'own' ? seat.myInboxes : seat.myViewInboxes;
      const member = facts.inboxId !== null && mine.includes(idToUuid(facts.inboxId));
      return atWorkspace ? member : arm.level === 'own' && isPlace(grant, facts.inboxId);
    }
    case 'share':
      return atWorkspace
        ? arm.shareTeamId !== undefined && seat.authority.myTeams.includes(arm.shareTeamId)
        : isPlace(grant, arm.shareTeamId ?? null);
    case 'pool':
    case 'open':
      return atWorkspace;
  }
}

const nearTeam = (seat: Seat, grant: EffectiveGrant, facts: SharedFacts): Id<'team'> | undefined =>
  teamsOf(facts).find((id) => (grant.scope === 'workspace' ? seat.authority.myTeams.includes(id) : isPlace(grant, id)));

const teamsOf = ({ primaryTeamId, assigneeTeamId }: SharedFacts): Id<'team'>[] =>
  [primaryTeamId, assigneeTeamId].filter((id) => id !== null);

const isPlace = (grant: EffectiveGrant, id: Id<'team'> | Id<'inbox'> | null): boolean =>
  id !== null && grant.scopeId === idToUuid(id);

function isAt(grant: EffectiveGrant, resource: Resource): boolean {
  if (grant.scope === 'workspace') return true;
  if (resource.kind === 'workspace') return false;
  if (resource.kind !== 'ticket') return grant.scope === resource.kind && isPlace(grant, resource.id);
  const { facts } = resource;
  return grant.scope === 'inbox'
    ? isPlace(grant, facts.inboxId)
    : [...teamsOf(facts), ...facts.shares.map(({ teamId }) => teamId)].some((id) => isPlace(grant, id));
}

function giversOf(seat: Seat, grant: EffectiveGrant, via: AccessBecause['via']): AccessBecause[] {
  const given = { permission: grant.key, scope: scopeOf(grant.scope, grant.scopeId) };
  if (grant.via.length === 0) return [{ via: via === 'grant' ? 'inbox_membership' : via, ...given }];
  return grant.via.map((uuid) => {
    const assignment = seat.assignments.get(uuid);
    return {
      via,
      ...given,
      assignmentId: assignmentId(uuid),
      ...(assignment === undefined ? {} : { roleKey: assignment.roleKey }),
      ...(assignment === undefined || assignment.until === null ? {} : { until: assignment.until.toISOString() }),
    };
  });
}

export function scopeOf(kind: EffectiveGrant['scope'], uuid: string | null): GrantScope {
  if (kind === 'workspace' || uuid === null) return { kind: 'workspace' };
  return kind === 'team' ? { kind, id: uuidToId('team', uuid) } : { kind, id: uuidToId('inbox', uuid) };
}
