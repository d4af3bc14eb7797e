import type { AccessChange, AccessPreview } from '#schema/api/access.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead, type Loadables } from '#services/kernel/verb.ts';
import { differenceOf, differenceQuery } from './difference.ts';
import { endedBy } from './ended-by.ts';
import { refusalOf, rehearse } from './rehearse.ts';

const PERMISSIONS_OF_CHANGES = [
  'admin.manage_roles',
  'admin.manage_users',
  'admin.manage_api_keys',
  'team.manage',
] as const;

/** What every change loads, under its place in the list, beside the difference that they make together. */
type Loads = Loadables & { difference: ReturnType<typeof differenceQuery> };

const nameOf = (change: number, name: string): string => `${change}.${name}`;

/**
 * Who would gain and lose which permissions and tickets by some changes, and which of them would be refused. Each is
 * decided by its own verb on things as they are, but for what an earlier one has ended. Nothing is written.
 * @throws ServiceError not_found, forbidden: without the permission of every change.
 */
export const previewAccess = defineRead({
  name: 'previewAccess',
  permission: PERMISSIONS_OF_CHANGES,
  load({ changes }: { changes: readonly AccessChange[] }, at): Loads {
    const rehearsed = changes.flatMap((change, n) =>
      Object.entries(rehearse(change).load(at)).map(([name, query]) => [nameOf(n, name), query] as const),
    );
    return { ...Object.fromEntries(rehearsed), difference: differenceQuery(changes, at.auth, at.now) };
  },
  decide(loaded, { changes }, by) {
    const permit = permitAnywhere(by.authority, PERMISSIONS_OF_CHANGES);
    const refusals: AccessPreview['refusals'] = [];
    for (const [n, change] of changes.entries()) {
      const made = changes.slice(0, n).filter((_each, i) => refusals.every((refused) => refused.change !== i));
      const own = refusalOf(rehearse(change), partOf(loaded, n), by, n);
      refusals.push(...(own.length > 0 ? own : endedBy(made, change).map((refusal) => ({ change: n, ...refusal }))));
    }
    return unchanged<AccessPreview>(permit, { refusals, ...differenceOf(loaded.difference) });
  },
});

const partOf = (loaded: Readonly<Record<string, unknown>>, change: number): Record<string, unknown> => {
  const prefix = nameOf(change, '');
  const own = Object.entries(loaded).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
};
