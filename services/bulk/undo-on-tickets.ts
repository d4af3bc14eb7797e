import { canonicalJson } from '#services/kernel/canonical-json.ts';
import type { Act } from './deeds.ts';
import { inverseOf } from './inverse-of.ts';
import type { PendingItem } from './job-items.ts';
import type { ManyRow } from './load-many.ts';

/** Tickets to which the same is done. */
export interface Group {
  action: Act;
  items: readonly PendingItem[];
}

export interface Plan {
  groups: readonly Group[];
  /** What needs no decision: there is nothing to do to them. */
  settled: readonly PendingItem[];
}

/** What an `undo` job does to its tickets: each comes back in the fields that nobody has changed since. */
export function undoPlan(many: readonly ManyRow[], items: readonly PendingItem[]): Plan {
  const rows = new Map(many.map((row) => [row.ticket.id, row]));
  const groups = new Map<string, { action: Act; items: PendingItem[] }>();
  const settled: PendingItem[] = [];
  for (const item of items) {
    const row = rows.get(item.ticketId);
    const action = row?.history ? inverseOf(row.history, row.ticket) : undefined;
    if (action === undefined) {
      settled.push(item);
      continue;
    }
    const name = canonicalJson(action);
    const group = groups.get(name) ?? { action, items: [] };
    group.items.push(item);
    groups.set(name, group);
  }
  return { groups: [...groups.values()], settled };
}
