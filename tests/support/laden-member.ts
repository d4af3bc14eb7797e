import { idToUuid } from '#schema/ids.ts';
import type { AccessDesk } from './access-desk.ts';
import type { Member } from './world.ts';

/** As much of each as one member may have; seats in inboxes know no limit. */
export const LADEN = { grants: 50, keys: 50, teams: 100, inboxes: 5 } as const;

/** A member who has all that fits. */
export async function ladenMember({ db, world }: Pick<AccessDesk, 'db' | 'world'>): Promise<Member> {
  const member = await world.member();
  const id = idToUuid(member.id);
  const role = idToUuid(await world.role(['ticket.view_team']));
  await db.query(
    `with joined as (
      insert into teams (slug, name) select 'laden-' || gen_random_uuid(), 'Team' from generate_series(1, ${LADEN.teams}) returning id),
    seats as (
      insert into inboxes (slug, name) select 'laden-' || i, 'Inbox ' || i from (select gen_random_uuid() as i from generate_series(1, ${LADEN.inboxes})) returning id),
    programs as (
      insert into principal (type, service_kind, display_name) select 'service', 'api_key', 'Key' from generate_series(1, ${LADEN.keys}) returning id),
    memberships as (insert into team_memberships (team_id, principal_id) select id, $1 from joined),
    places as (insert into inbox_memberships (inbox_id, principal_id, role) select id, $1, 'agent' from seats),
    grants as (
      insert into principal_role_assignments (principal_id, role_id, scope_kind, team_id)
      select $1, $2, 'team', id from joined limit ${LADEN.grants})
    insert into api_keys (name, principal_id, creator_principal_id, secret_hash, scope_keys, expires_at)
    select 'Key', id, $1, sha256(id::text::bytea), '{ticket.view_team}', now() + interval '9 days' from programs`,
    [id, role],
  );
  return member;
}
