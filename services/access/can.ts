import { type Id, idToUuid } from '#schema/ids.ts';
import type { SHARE_LEVELS, TICKET_VISIBILITIES, ValueOf } from '#schema/values.ts';
import type { AccessLevel, Authority, EffectiveGrant } from './authority.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

/** What access to a ticket depends on; loaded with it in the same batch. */
export interface TicketFacts {
  visibility: ValueOf<typeof TICKET_VISIBILITIES>;
  primaryTeamId: Id<'team'> | null;
  assigneeTeamId: Id<'team'> | null;
  inboxId: Id<'inbox'> | null;
  assigneePrincipalId: Id<'prin'> | null;
  createdByPrincipalId: Id<'prin'> | null;
  shares: readonly { teamId: Id<'team'>; level: ValueOf<typeof SHARE_LEVELS> }[];
  participantIds: readonly Id<'prin'>[];
}

export type Denial = 'missing_permission' | 'key_scope' | 'share_level' | 'inbox_viewer' | 'owning_side';

const RANK = { read: 0, comment: 1, full: 2, own: 3 } as const satisfies Record<AccessLevel, number>;

/** Why a ticket is seen at all. */
export type ArmName = 'all' | 'team' | 'inbox' | 'pool' | 'share' | 'open' | 'assigned' | 'created' | 'participant';

export interface Arm {
  name: ArmName;
  level: AccessLevel;
  /** What a refusal says when this is the best arm and its level does not reach. */
  shortfall: Denial;
  shareTeamId?: Id<'team'>;
}

/** The best arm by which this caller sees the ticket; none means that it does not exist for them. */
export const ticketArm = (authority: Authority, ticket: TicketFacts): Arm | undefined =>
  ticketArms(authority, ticket).sort((a, b) => RANK[b.level] - RANK[a.level])[0];

/** Every arm that holds, after the key's limits. */
export function ticketArms(authority: Authority, ticket: TicketFacts): Arm[] {
  if (!withinLimits(authority, ticket)) return [];
  const { reach } = authority;
  const teams = [ticket.primaryTeamId, ticket.assigneeTeamId];
  const arms: Arm[] = [];
  const owns = (name: ArmName): void => void arms.push({ name, level: 'own', shortfall: 'missing_permission' });
  if (reach.allWorkspace || hits(reach.allTeams, teams) || hits(reach.allInboxes, [ticket.inboxId])) owns('all');
  if (ticket.visibility !== 'private') {
    if (hits(reach.nearTeams, teams)) owns('team');
    if (hits(reach.nearInboxes, [ticket.inboxId])) owns('inbox');
    if (hits(reach.viewInboxes, [ticket.inboxId]))
      arms.push({ name: 'inbox', level: 'read', shortfall: 'inbox_viewer' });
    if (reach.pool && teams.every((team) => team === null) && ticket.inboxId === null) owns('pool');
  }
  for (const { teamId, level } of ticket.shares) {
    if (reach.shareTeams.includes(teamId))
      arms.push({ name: 'share', level, shortfall: 'share_level', shareTeamId: teamId });
  }
  if (reach.sharedWorkspace && ticket.visibility === 'shared')
    arms.push({ name: 'open', level: 'read', shortfall: 'share_level' });
  if (minesCover(authority, ticket)) {
    const mine = (name: ArmName, ids: readonly (Id<'prin'> | null)[]): void => {
      if (hits(authority.me, ids)) arms.push({ name, level: 'full', shortfall: 'owning_side' });
    };
    mine('assigned', [ticket.assigneePrincipalId]);
    mine('created', [ticket.createdByPrincipalId]);
    mine('participant', ticket.participantIds);
  }
  return arms;
}

/** Why this ticket permission is refused to somebody who sees the ticket; `undefined` when it is not. */
export function ticketDenial(
  authority: Authority,
  key: Permission,
  ticket: TicketFacts,
  level = levelOf(key),
): Denial | undefined {
  const covers = (of: Authority): boolean => covered(of, key, ticket);
  if (!covers(authority)) return lacking(authority, covers);
  const arm = ticketArm(authority, ticket);
  if (arm === undefined) return 'missing_permission';
  return RANK[arm.level] < RANK[level] ? arm.shortfall : undefined;
}

export const levelOf = (key: Permission): AccessLevel => PERMISSIONS[key].level ?? 'read';

/** Why `holds` fails: the scopes of the key or token withhold what would make it true, or its holder does not have that either. */
export function lacking(authority: Authority, holds: (of: Authority) => boolean): 'key_scope' | 'missing_permission' {
  if (authority.withheld === null) return 'missing_permission';
  const grants = authority.withheld.flatMap(([scope, keys, scopeIds]) =>
    keys.flatMap((key) => scopeIds.map((scopeId) => ({ key, scope, scopeId, until: null, via: [] }))),
  );
  return holds({ ...authority, grants }) ? 'key_scope' : 'missing_permission';
}

export const holdsAtWorkspace = (authority: Authority, key: Permission): boolean =>
  authority.grants.some((grant) => grant.key === key && grant.scope === 'workspace');

/** At the workspace, with a key that no place limits. */
export const holdsEverywhere = (authority: Authority, key: Permission): boolean =>
  !isLimited(authority) && holdsAtWorkspace(authority, key);

export const holdsAnywhere = (authority: Authority, key: Permission): boolean =>
  authority.grants.some((grant) => grant.key === key);

export const isLimited = (authority: Authority): boolean =>
  authority.limitTeams !== null || authority.limitInboxes !== null;

/** At the workspace, or at one of the places; a limited key only inside every limit it has. */
export function holdsAtPlace(
  authority: Authority,
  key: Permission,
  place: { teamId: Id<'team'> | null; inboxId: Id<'inbox'> | null },
): boolean {
  if (authority.limitTeams !== null && !hits(authority.limitTeams, [place.teamId])) return false;
  if (authority.limitInboxes !== null && !hits(authority.limitInboxes, [place.inboxId])) return false;
  return (
    holdsAtWorkspace(authority, key) ||
    holdsAt(authority, key, 'team', [place.teamId]) ||
    holdsAt(authority, key, 'inbox', [place.inboxId])
  );
}

/** At the workspace, or at that very team; a key limited to teams only inside them. */
export const holdsAtTeam = (authority: Authority, key: Permission, team: Id<'team'>): boolean =>
  (authority.limitTeams === null || authority.limitTeams.includes(team)) &&
  (holdsAtWorkspace(authority, key) || holdsAt(authority, key, 'team', [team]));

/** At the workspace, or at that very inbox; a key limited to inboxes only inside them. */
export const holdsAtInbox = (authority: Authority, key: Permission, inbox: Id<'inbox'>): boolean =>
  (authority.limitInboxes === null || authority.limitInboxes.includes(inbox)) &&
  (holdsAtWorkspace(authority, key) || holdsAt(authority, key, 'inbox', [inbox]));

/** Whether the permission is held where the ticket is, whatever the level of sight and the limits of a key. */
export const covered = (authority: Authority, key: Permission, ticket: TicketFacts): boolean =>
  grantsOn(authority, key, ticket).length > 0;

/** The grants by which a permission is held where the ticket is. */
export function grantsOn({ grants }: Authority, key: Permission, ticket: TicketFacts): EffectiveGrant[] {
  const teams = [ticket.primaryTeamId, ticket.assigneeTeamId, ...ticket.shares.map((share) => share.teamId)];
  const places = [...teams, ticket.inboxId].map((id) => id && idToUuid(id));
  return grants.filter((each) => each.key === key && (each.scope === 'workspace' || places.includes(each.scopeId)));
}

function holdsAt(authority: Authority, key: Permission, scope: 'team' | 'inbox', ids: readonly (Id | null)[]): boolean {
  const uuids = ids.filter((id) => id !== null).map(idToUuid);
  return authority.grants.some(
    (grant) => grant.key === key && grant.scope === scope && grant.scopeId !== null && uuids.includes(grant.scopeId),
  );
}

/** Every limit of a key is met by the ticket's place. */
export function withinLimits(authority: Authority, ticket: TicketFacts): boolean {
  const teams = [ticket.primaryTeamId, ticket.assigneeTeamId];
  return (
    (authority.limitTeams === null || hits(authority.limitTeams, teams)) &&
    (authority.limitInboxes === null || hits(authority.limitInboxes, [ticket.inboxId]))
  );
}

const minesCover = ({ reach }: Authority, ticket: TicketFacts): boolean =>
  reach.mineWorkspace ||
  hits(reach.mineTeams, [ticket.primaryTeamId, ticket.assigneeTeamId]) ||
  hits(reach.mineInboxes, [ticket.inboxId]);

const hits = <T>(set: readonly T[], values: readonly (T | null)[]): boolean =>
  values.some((value) => value !== null && set.includes(value));
