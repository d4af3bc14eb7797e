import type { TicketAction } from '#schema/api/bulk.ts';
import type { Id } from '#schema/ids.ts';
import type { Act } from './deeds.ts';

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
export function inverseOf(history: readonly Told[], present: Present): Act | undefined {
  const ours = history.filter(({ byJob }) => byJob).flatMap(({ changes }) => changes);
  const later = new Set(
    history.filter(({ byJob }) => !byJob).flatMap(({ changes }) => changes.map(({ field }) => field)),
  );
  const left = ours.filter(({ field }) => !later.has(field));
  const of = (field: string) => left.find((each) => each.field === field);
  const [deleted, status, tags] = [of('deletedAt'), of('statusId'), of('tags')];
  const back: TicketAction[] = deleted === undefined ? [] : [{ type: deleted.from === null ? 'restore' : 'delete' }];
  const custom = left.filter(({ field }) => field.startsWith(CUSTOM));
  const edited = {
    ...(of('inboxId') === undefined ? {} : { primaryTeamId: present.primaryTeamId }),
    ...before(left.filter(({ field }) => EDITED.includes(field))),
    ...(custom.length === 0
      ? {}
      : { customFields: before(custom.map((each) => ({ ...each, field: each.field.slice(CUSTOM.length) }))) }),
  };
  if (Object.keys(edited).length > 0) back.push({ type: 'fields', ...edited } as TicketAction);
  const assigned = left.filter(({ field }) => field === 'assigneePrincipalId' || field === 'assigneeTeamId');
  if (assigned.length > 0)
    back.push({
      type: 'assign',
      assigneePrincipalId: present.assigneePrincipalId,
      ...before(assigned),
    } as TicketAction);
  if (tags !== undefined) {
    const [from, to] = [tags.from as string[], tags.to as string[]];
    const [add, remove] = [from.filter((id) => !to.includes(id)), to.filter((id) => !from.includes(id))];
    back.push({ type: 'tags', add, remove });
  }
  if (status !== undefined) {
    const wakeAt = of('wakeAt')?.from as string | null | undefined;
    back.push({ type: 'status', statusId: status.from, ...(wakeAt ? { wakeAt } : {}) } as TicketAction);
  }
  return back.length > 1 ? { type: 'several', actions: back } : back[0];
}

const before = (changes: readonly Change[]): Record<string, unknown> =>
  Object.fromEntries(changes.map(({ field, from }) => [field, from]));
