import type { BulkResult } from '#schema/api/bulk.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import { attempt } from '#services/kernel/attempt.ts';
import { type Change, isChange } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { mergeChanges, ticketsOf } from '#services/tickets/merge-changes.ts';
import { factsOf, type LoadedTicket } from '#services/tickets/ticket-queries.ts';
import type { Deed } from './deeds.ts';
import { type LoadedMany, ofOne } from './load-many.ts';

/** How often rows that moved are decided again before they are left out. */
const TRIES = 3;
/** Attempts of the whole: the later ones leave out what had moved by then. */
export const BULK_TRIES = 8;

/** What the attempts of one bulk have seen, so that a ticket which keeps moving is reported alone. */
export interface Attempts {
  count: number;
  revisions: Map<Id<'tkt'>, number>;
  moved: Set<Id<'tkt'>>;
}

export const noAttempts = (): Attempts => ({ count: 0, revisions: new Map(), moved: new Set() });

export interface Each {
  /** In the order asked. */
  results: BulkResult[];
  changes: Change<unknown>[];
  /** What all of them use. */
  writes: Statement[];
}

/**
 * Decides a deed for each ticket by the function that decides it for one, as those before it leave it: what was merged goes
 * along with its target. A refusal is that ticket's own answer; a ticket that moved under three attempts is left out as
 * `conflict`.
 */
export function decideEach(
  whole: LoadedMany,
  ids: readonly Id<'tkt'>[],
  deed: Deed,
  by: Deciding & { authority: Authority },
  attempts: Attempts,
): Each {
  const { loaded, writes } = deed.prepare?.(whole, by) ?? { loaded: whole, writes: [] };
  const ofTicket = ofOne(loaded, deed);
  const changes: Change<unknown>[] = [];
  const wentAlong = new Map<Id, Record<string, unknown>>();
  const results = ids.map((id): BulkResult => {
    const own = ofTicket(id, wentAlong.get(id));
    if (keepsMoving(id, own, attempts)) return { id, state: 'conflict', code: 'conflict', reason: 'contention' };
    const decided = attempt(() => {
      permitTicket(by.authority, 'ticket.bulk_operate', factsOf(own));
      return deed.decide(own, id, by);
    });
    if (decided instanceof ServiceError)
      return { id, state: 'refused', code: decided.code, reason: decided.reason ?? null };
    if (!isChange(decided)) return { id, state: 'unchanged', code: null, reason: null };
    changes.push(decided);
    for (const { loaded: root, set } of decided.roots.flatMap((each) => ticketsOf(each) ?? []))
      if (root.id !== id) wentAlong.set(root.id, set);
    return { id, state: 'ok', code: null, reason: null };
  });
  return { results, changes, writes: changes.length === 0 ? [] : writes };
}

/** What was decided as one commit, but for who does it; each ticket is audited for itself. */
export function together(each: readonly Each[]) {
  const changes = each.flatMap((one) => one.changes);
  const merged = mergeChanges(changes);
  return {
    ...merged,
    writes: [...each.flatMap(({ writes }) => writes), ...merged.writes],
    audit: null,
    furtherAudit: changes.flatMap(({ audit, furtherAudit }) => [...(audit === null ? [] : [audit]), ...furtherAudit]),
  };
}

function keepsMoving(id: Id<'tkt'>, { ticket }: LoadedTicket, { count, revisions, moved }: Attempts): boolean {
  const revision = ticket?.ticket.revision ?? 0;
  const before = revisions.get(id);
  revisions.set(id, revision);
  if (before !== undefined && before !== revision) moved.add(id);
  return count > TRIES && moved.has(id);
}
