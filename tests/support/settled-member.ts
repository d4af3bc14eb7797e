import { type Id, idToUuid } from '#schema/ids.ts';
import type { AccessDesk } from './access-desk.ts';

const uuid = (thing: { id: Id }): string => idToUuid(thing.id);

/** A member with one of everything. */
export async function settledMember(desk: AccessDesk) {
  const { world, db } = desk;
  const { member, caller } = await desk.holder([
    'team.view',
    'ticket.view_all',
    'ticket.assign_any',
    'ticket.edit_fields',
  ]);
  const ticket = await world.ticket({ assigneePrincipalId: member.id, primaryTeamId: world.teams.support });
  const attended = await world.ticket();
  for (const [text, params] of [
    [
      `insert into team_memberships (team_id, principal_id) values ($1, $2)`,
      [idToUuid(world.teams.support), uuid(member)],
    ],
    [
      `insert into inbox_memberships (inbox_id, principal_id, role) values ($1, $2, 'owner')`,
      [idToUuid(world.inboxes.help), uuid(member)],
    ],
    [
      `insert into invitation (email, expires_at, invited_by_principal_id) values ($1, now() + interval '7 days', $2)`,
      [`${world.newId('inv')}@new.test`, uuid(member)],
    ],
    [
      `insert into invitation (email, expires_at, invited_by_principal_id) values ($1, now() + interval '7 days', $2)`,
      [member.email, uuid(world.owner)],
    ],
    [`update api_keys set expires_at = now() + interval '9 days' where creator_principal_id = $1`, [uuid(member)]],
    [
      `insert into ticket_subscriptions (ticket_id, principal_id, source) values ($1, $2, 'manual')`,
      [uuid(ticket), uuid(member)],
    ],
    [
      `insert into ticket_participants (ticket_id, principal_id, role, actor_kind) values ($1, $2, 'watcher', 'system')`,
      [uuid(attended), uuid(member)],
    ],
  ] as const)
    await db.query(text, [...params]);
  return { member, caller, ticket, attended };
}
