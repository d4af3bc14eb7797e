import type { BulkAction } from '#schema/api/bulk.ts';
import type { Id } from '#schema/ids.ts';

interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

/** An entry of a ticket's history. */
export interface Told {
  /** The job that is undone made it. */
  byJob: boolean;
  changes: readonly Change[];
}

/** What else a move back would take along: an inbox its team, a team the person who is not in it. */
export interface Present {
  primaryTeamId: Id<'team'> | null;
  assigneePrincipalId: Id<'prin'> | null;
}

/** Fields that one edit sets back, as the API names them. */
const EDITED = ['priority', 'visibility', 'inboxId', 'primaryTeamId', 'organizationId'];
const CUSTOM = 'customFields.';

/**
 * The action that takes back what a job did to a ticket, as far as nobody has changed it since; nothing when none of it
 * is left. Words that were said stay said.
 */
export function inverseOf(history: readonly Told[], present: Present): BulkAction | undefined {
  const ours = history.filter(({ byJob }) => byJob).flatMap(({ changes }) => changes);
  const later = new Set(
    history.filter(({ byJob }) => !byJob).flatMap(({ changes }) => changes.map(({ field }) => field)),
  );
  const back = ours.filter(({ field }) => !later.has(field));
  const of = (field: string) => back.find((each) => each.field === field);
  const [deleted, status, tags] = [of('deletedAt'), of('statusId'), of('tags')];
  if (deleted !== undefined) return { type: deleted.from === null ? 'restore' : 'delete' };
  if (status !== undefined) {
    const wakeAt = of('wakeAt')?.from as string | null | undefined;
    return { type: 'status', statusId: status.from, ...(wakeAt ? { wakeAt } : {}) } as BulkAction;
  }
  if (tags !== undefined) {
    const [from, to] = [tags.from as string[], tags.to as string[]];
    return { type: 'tags', add: from.filter((id) => !to.includes(id)), remove: to.filter((id) => !from.includes(id)) };
  }
  const assigned = back.filter(({ field }) => field === 'assigneePrincipalId' || field === 'assigneeTeamId');
  if (assigned.length > 0)
    return { type: 'assign', assigneePrincipalId: present.assigneePrincipalId, ...before(assigned) } as BulkAction;
  const custom = back.filter(({ field }) => field.startsWith(CUSTOM));
  const edited = {
    ...(of('inboxId') === undefined ? {} : { primaryTeamId: present.primaryTeamId }),
    ...before(back.filter(({ field }) => EDITED.includes(field))),
    ...(custom.length === 0
      ? {}
      : { customFields: before(custom.map((each) => ({ ...each, field: each.field.slice(CUSTOM.length) }))) }),
  };
  return Object.keys(edited).length === 0 ? undefined : ({ type: 'fields', ...edited } as BulkAction);
}

const before = (changes: readonly Change[]): Record<string, unknown> =>
  Object.fromEntries(changes.map(({ field, from }) => [field, from]));
