import type pg from 'pg';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { formatApiKey, hashSecret, newSecret, secretOf } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';

export const MEMBERS = 10_000;
export const TEAMS = 500;
export const INBOXES = 50;
/** The teams 0 to 9, which hold a tenth of all tickets beside their share; the agent of the load is in all of them. */
export const BUSY_TEAMS = 10;
/** Live keys of a workspace at most (02 7); two of them act in the measurements. */
const KEYS = 500;

/** Members, teams and inboxes by number, for the statements that fill. */
const PLACES = `
create temp table bench_team as select n, uuidv7() as id from generate_series(0, ${TEAMS - 1}) n;
create temp table bench_inbox as select n, uuidv7() as id from generate_series(0, ${INBOXES - 1}) n;
create temp table bench_member as select n, uuidv7() as id, uuidv7() as user_id from generate_series(0, ${MEMBERS - 1}) n;
create unique index on bench_team (n); create unique index on bench_inbox (n); create unique index on bench_member (n);
insert into teams (id, slug, name) select id, 'bench-' || n, 'Bench team ' || n from bench_team;
insert into inboxes (id, name, slug, primary_team_id)
  select i.id, 'Bench inbox ' || n, 'bench-' || n, t.id from bench_inbox i join bench_team t using (n);
insert into "user" (id, email, email_verified) select user_id, 'member-' || n || '@bench.example', true from bench_member;
insert into principal (id, type, user_id, display_name, member_state, member_since)
  select id, 'user', user_id, 'Member ' || n, 'active', now() from bench_member;`;

/** Everybody is an agent in two teams and an inbox; member 0 holds fifty grants, member 0 and 1 work in ten teams. */
const POWERS = `
insert into principal_role_assignments (principal_id, role_id)
  select m.id, r.id from bench_member m, roles r where r.key = 'agent' and r.deleted_at is null;
insert into principal_role_assignments (principal_id, role_id, scope_kind, team_id)
  select m.id, r.id, 'team', t.id from bench_member m, roles r, bench_team t
  where m.n = 0 and r.key = 'supervisor' and r.deleted_at is null and t.n < 25;
insert into principal_role_assignments (principal_id, role_id, scope_kind, inbox_id)
  select m.id, r.id, 'inbox', i.id from bench_member m, roles r, bench_inbox i
  where m.n = 0 and r.key = 'supervisor' and r.deleted_at is null and i.n < 24;
insert into team_memberships (team_id, principal_id)
  select distinct t.id, m.id from bench_member m join bench_team t
    on t.n in (m.n % ${TEAMS}, (m.n * 7 + 1) % ${TEAMS}) or (m.n < 2 and t.n < ${BUSY_TEAMS});
insert into inbox_memberships (inbox_id, principal_id)
  select i.id, m.id from bench_member m join bench_inbox i on i.n = m.n % ${INBOXES};
create temp table bench_key as select n, uuidv7() as id from generate_series(2, ${KEYS - 1}) n;
insert into principal (id, type, service_kind, display_name) select id, 'service', 'api_key', 'Key ' || n from bench_key;
insert into api_keys (name, principal_id, creator_principal_id, secret_hash, scope_keys)
  select 'Key ' || k.n, k.id, m.id, sha256(k.id::text::bytea), array['ticket.view_all']
  from bench_key k join bench_member m on m.n = k.n * 20;`;

export interface BenchPeople {
  /** An agent in ten teams, with a key that may do all that the agent may. */
  agentToken: string;
  /** The same in fifty grants. */
  grantedToken: string;
}

/** 10,000 members in 500 teams, and two keys to act with. */
export async function fillPeople(client: pg.Client, kernel: Kernel): Promise<BenchPeople> {
  await client.query(PLACES);
  await client.query(POWERS);
  return { grantedToken: await addKey(client, kernel, 0), agentToken: await addKey(client, kernel, 1) };
}

async function addKey(client: pg.Client, { ids }: Kernel, member: number): Promise<string> {
  const keyId: Id<'key'> = newId(ids, 'key');
  const token = formatApiKey(keyId, newSecret());
  const principal = idToUuid(newId(ids, 'prin'));
  await client.query(
    `insert into principal (id, type, service_kind, display_name) values ($1, 'service', 'api_key', 'Bench key')`,
    [principal],
  );
  await client.query(
    `insert into api_keys (id, name, principal_id, creator_principal_id, secret_hash, scope_keys)
     select $1, 'Bench key', $2, id, $3, $4 from bench_member where n = $5`,
    [idToUuid(keyId), principal, Buffer.from(hashSecret(secretOf(token))), PERMISSION_KEYS, member],
  );
  return token;
}
