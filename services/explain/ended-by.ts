import type { AccessChange, AccessPreview } from '#schema/api/access.ts';

type Refusal = Omit<AccessPreview['refusals'][number], 'change'>;

const NOT_MEMBER = { code: 'unprocessable', reason: 'target_not_member', detail: 'They are not a member of the desk.' };
const ARCHIVED = { code: 'unprocessable', reason: 'scope_archived', detail: 'This team is archived.' };

/**
 * How a change is refused once those before it are made: it gives something to a person whom one of them removes, or at a
 * team that one of them archives. Its own verb, which decides on things as they are, does not see that.
 */
export function endedBy(made: readonly AccessChange[], change: AccessChange): Refusal[] {
  const given = givenBy(change);
  if (given === undefined) return [];
  const removes = (each: AccessChange): boolean =>
    each.kind === 'memberState' && each.state === 'removed' && each.principalId === given.principalId;
  if (made.some(removes)) return [NOT_MEMBER];
  return made.some((each) => each.kind === 'archiveTeam' && each.teamId === given.teamId) ? [ARCHIVED] : [];
}

function givenBy(change: AccessChange): { principalId: string; teamId?: string } | undefined {
  switch (change.kind) {
    case 'grant':
      return {
        principalId: change.principalId,
        ...(change.scope.kind === 'team' ? { teamId: change.scope.id } : {}),
      };
    case 'membership':
      return change.role === null ? undefined : change;
    case 'memberState':
      return change.state === 'removed' ? undefined : { principalId: change.principalId };
    default:
      return undefined;
  }
}
