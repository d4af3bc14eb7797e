import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { macros, savedViews } from '#schema/index.ts';
import { rows } from '#services/kernel/query.ts';
import type { Authority } from './authority.ts';
import { heldAtTeam } from './authority-sql.ts';
import type { Sharing } from './sharing.ts';

/** Which saved views or macros the relation `auth` is offered, as a predicate over their table: the same as `seesShared`. */
export const offered = (table: typeof savedViews | typeof macros, key: 'view.manage' | 'macro.manage'): SQL =>
  sql`exists (select from auth where case ${table.audience}
  when 'team' then (${table.teamId} = any (auth.my_teams) or ${heldAtTeam(key, sql`${table.teamId}`)})
    and (auth.limit_teams is null or ${table.teamId} = any (auth.limit_teams))
  else auth.limit_teams is null and auth.limit_inboxes is null
    and (${table.audience} = 'everyone' or ${table.ownerPrincipalId} = auth.holder_id) end)`;

/** To whom it is offered: a private one to the person behind the credential. */
export const sharingOf = (
  { audience, teamId }: { audience: Sharing['audience']; teamId?: Id<'team'> | undefined },
  { holderId }: Authority,
): Sharing => ({
  audience,
  ownerPrincipalId: audience === 'private' ? holderId : null,
  teamId: teamId ?? null,
});

/** The team, if it is live; nothing where none is named. */
export const liveTeam = (teamId: Id<'team'> | undefined) =>
  rows<{ live: boolean }>(
    sql`select true as live from teams where id = ${teamId === undefined ? null : idToUuid(teamId)}::uuid and archived_at is null`,
  );
