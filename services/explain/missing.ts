import { type AccessMissing, MISSING_REASONS } from '#schema/api/access.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAnywhere, isLimited, withinLimits } from '#services/access/can.ts';
import type { Permission } from '#services/access/permissions.ts';
import { checkAccess, type Verdict } from './check.ts';
import type { Resource } from './resource.ts';
import { carriersOf, type SubjectFacts } from './subject.ts';

export interface Question {
  key: Permission;
  resource: Resource;
  subject: SubjectFacts;
  /** Of the member, or of the creator of the key. */
  person: Authority;
  /** Of the key, of the person as far as the token goes, or the same. */
  actor: Authority;
  /** Grants of the permission that give nothing. */
  idle: readonly AccessMissing[];
}

/** Why a credential of theirs would not be taken at all. */
export function outOfUse({ memberState, key }: SubjectFacts, now: Date): AccessMissing[] {
  const ended = key?.expiresAt ?? null;
  return [
    key?.revokedAt === undefined || key.revokedAt === null
      ? []
      : [{ reason: 'member_state', state: 'revoked' } as const],
    memberState === 'active' ? [] : [{ reason: 'member_state', state: memberState } as const],
    ended === null || ended > now ? [] : [{ reason: 'expired', since: ended.toISOString() } as const],
  ].flat();
}

/** All that stands between them and a yes, in the order of `MISSING_REASONS`. */
export function missingOf(asked: Question, verdict: Verdict): AccessMissing[] {
  if (verdict.allowed) return [];
  const { resource, person, key } = asked;
  const personal = checkAccess(person, key, resource);
  const missing: AccessMissing[] = [
    ...grantsMissing(asked, personal),
    ...keyMissing(asked, personal),
    ...(resource.kind === 'workspace' || verdict.visible ? [] : [{ reason: 'not_visible' } as const]),
    ...(!personal.covered && holdsAnywhere(person, key) ? [{ reason: 'missing_permission' } as const] : []),
    ...(verdict.shortfall === undefined ? [] : [{ reason: 'level', shortfall: verdict.shortfall } as const]),
  ];
  return inOrder(missing);
}

function grantsMissing({ person, key, idle }: Question, personal: Verdict): readonly AccessMissing[] {
  if (personal.covered) return [];
  return idle.length > 0 || holdsAnywhere(person, key) ? idle : [{ reason: 'no_grant' }];
}

function keyMissing({ subject, actor, key, resource }: Question, personal: Verdict): AccessMissing[] {
  const scopes = subject.key?.scopes ?? subject.tokenScopes;
  if (scopes === null) return [];
  const unlimited = { ...actor, limitTeams: null, limitInboxes: null };
  const isCut =
    !carriersOf(key).some((carrier) => scopes.includes(carrier)) ||
    (personal.allowed && !checkAccess(unlimited, key, resource).allowed);
  return [
    personal.allowed || subject.key === null ? [] : [{ reason: 'creator_authority' } as const],
    isCut ? [{ reason: 'key_scope' } as const] : [],
    isOutside(actor, key, resource) ? [{ reason: 'key_limit' } as const] : [],
  ].flat();
}

/** Whether the limits of the key, and nothing else, keep it away from here. */
function isOutside(actor: Authority, key: Permission, resource: Resource): boolean {
  if (!isLimited(actor)) return false;
  if (resource.kind === 'ticket') return !withinLimits(actor, resource.facts);
  const unlimited = { ...actor, limitTeams: null, limitInboxes: null };
  return checkAccess(unlimited, key, resource).allowed && !checkAccess(actor, key, resource).allowed;
}

export const inOrder = (missing: readonly AccessMissing[]): AccessMissing[] =>
  missing.toSorted((a, b) => MISSING_REASONS.indexOf(a.reason) - MISSING_REASONS.indexOf(b.reason));
