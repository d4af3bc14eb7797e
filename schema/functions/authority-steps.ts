import { digestOf } from './authority-definition.ts';

/** Sight that is had at places of each kind: the permission, and the columns that it fills at workspace, team and inbox. */
const SIGHTS = [
  ['ticket.view_all', 'all_ws', 'all_teams', 'all_inboxes'],
  ['ticket.view_team', 'pool', 'near_teams', 'near_inboxes'],
  ['ticket.view_shared', 'shared_ws', 'share_teams', null],
  ['ticket.view_assigned', 'mine_ws', 'mine_teams', 'mine_inboxes'],
  ['ticket.restore', 'trash_ws', 'trash_teams', 'trash_inboxes'],
] as const;

const FLAGS = SIGHTS.map(([, flag]) => flag);
const LISTS = [
  ...SIGHTS.flatMap(([, , teams, inboxes]) => [teams, inboxes]),
  'view_inboxes',
  'my_inboxes',
  'my_view_inboxes',
  'owning',
  'others',
].filter((column) => column !== null);

/** What the steps need beside the columns of the answer; `cred` is the credential, one row as `keyRows` makes it. */
export const STEP_VARIABLES = `
  cred record;
  seat record;
  g record;
  cut jsonb;
  closed text[];
  keys jsonb;
  lost jsonb;
  dead uuid[];
  owning uuid[];
  others uuid[];`;

/**
 * The effective authority of `cred` into the columns of the answer: the same as `authorityDefinition` says for many at once,
 * to the letter, by which a law test holds them equal. Each step is one look-up by index, and those that few callers need
 * are left out for all others.
 */
export const authoritySteps = (now: string): string => `
key_id := cred.key_id; principal_id := cred.principal_id; holder_id := cred.holder_id; label := cred.label;
my_teams := array(select m.team_id from public.team_memberships m where m.principal_id = cred.holder_id order by m.team_id);
dead := array(select t.id from public.teams t where t.id = any (my_teams) and t.archived_at is not null);
if dead <> '{}' then
  my_teams := array(select x from unnest(my_teams) x where x <> all (dead) order by x);
end if;
if key_id is null then
  me := holder_id || array(select k.principal_id from public.api_keys k where k.creator_principal_id = cred.holder_id order by k.principal_id);
else
  me := array[principal_id, holder_id];
end if;
if cred.team_ids is not null then
  limit_teams := array(select t.id from public.teams t where t.id = any (cred.team_ids) and t.archived_at is null order by t.id);
end if;
if cred.inbox_ids is not null then
  limit_inboxes := array(select i.id from public.inboxes i where i.id = any (cred.inbox_ids) and i.archived_at is null order by i.id);
end if;
cut := to_jsonb(cred.scope_keys); closed := null; grants := '[]'; withheld := null;
${FLAGS.map((flag) => `${flag} := false;`).join(' ')}
${LISTS.map((list) => `${list} := '{}';`).join(' ')}

for seat in
  select m.inbox_id, m.role from public.inbox_memberships m
  where m.principal_id = cred.holder_id and not exists (select from public.inboxes i where i.id = m.inbox_id and i.archived_at is not null)
  order by m.inbox_id
loop
  if seat.role = 'viewer' then my_view_inboxes := my_view_inboxes || seat.inbox_id; else my_inboxes := my_inboxes || seat.inbox_id; end if;
  if seat.role = 'owner' then owning := owning || seat.inbox_id; else others := others || seat.inbox_id; end if;
end loop;
${seatGrants('owning', ['inbox.channel_manage', 'inbox.manage', 'inbox.view'])}
${seatGrants('others', ['inbox.view'])}

for g in
  select h.role_id, h.scope_kind, h.scope_ids, h.untils, h.via, r.means -> h.scope_kind as keys
  from (
    select s.role_id, s.scope_kind, array_agg(s.scope_id) as scope_ids, array_agg(s.until) as untils, array_agg(s.id) as via
    from (
      select a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at as until, a.id
      from public.principal_role_assignments a
      where a.principal_id = cred.holder_id and a.revoked_at is null and (a.expires_at is null or a.expires_at > ${now})
      order by a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id, '00000000-0000-0000-0000-000000000000'::uuid)) s
    group by s.role_id, s.scope_kind) h
    join public.roles r on r.id = h.role_id and r.deleted_at is null
  order by h.role_id, h.scope_kind
loop
  continue when g.keys is null;
  if g.scope_kind <> 'workspace' then
    if g.scope_kind = 'team' then
      dead := array(select t.id from public.teams t where t.id = any (g.scope_ids) and t.archived_at is not null);
    else
      dead := array(select i.id from public.inboxes i where i.id = any (g.scope_ids) and i.archived_at is not null);
    end if;
    if dead <> '{}' then
      select array_agg(x.scope_id order by x.n) as scope_ids, array_agg(x.until order by x.n) as untils, array_agg(x.via order by x.n) as via
        into g.scope_ids, g.untils, g.via
        from unnest(g.scope_ids, g.untils, g.via) with ordinality x (scope_id, until, via, n) where x.scope_id <> all (dead);
      continue when g.scope_ids is null;
    end if;
  end if;
  keys := g.keys;
  ${cutTo('g.scope_kind', 'g.scope_ids')}
  continue when keys = '[]';
  grants := grants || jsonb_build_array(jsonb_build_array(g.scope_kind, keys, g.scope_ids, g.untils, g.via));
  ${SIGHTS.map(sight).join('\n  ')}
end loop;
if pool then
  view_inboxes := my_view_inboxes; near_teams := my_teams || near_teams; near_inboxes := my_inboxes || near_inboxes;
end if;
if shared_ws then
  share_teams := my_teams || share_teams;
end if;
digest := ${digestOf((column) => column)};`;

/** What a seat in an inbox gives, as if it were a role that is held there; no assignment stands behind it. */
function seatGrants(kind: 'owning' | 'others', given: readonly string[]): string {
  return `if ${kind} <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{${given.join(',')}}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  ${cutTo(`'inbox'`, kind)}
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, ${kind},
      array_fill(null::timestamptz, array[cardinality(${kind})]), array_fill(null::uuid, array[cardinality(${kind})])));
  end if;
end if;`;
}

/**
 * Cuts `keys` to what the scopes of a key or token mean, and keeps what that takes, so that a refusal can tell it from what
 * its person lacks. Most keys name all that they have, which needs no closure.
 */
const cutTo = (kind: string, places: string): string => `if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array(${kind}, lost, ${places}));
    end if;
  end if;`;

const sight = ([key, flag, teams, inboxes]: (typeof SIGHTS)[number]): string => `if keys ? '${key}' then
    if g.scope_kind = 'workspace' then
      ${flag} := true;
    elsif g.scope_kind = 'team' then
      ${added(teams)}${
        inboxes === null
          ? ''
          : `
    else
      ${added(inboxes)}`
      }
    end if;
  end if;`;

const added = (list: string): string =>
  `if ${list} = '{}' then ${list} := g.scope_ids; else ${list} := array(select distinct x from unnest(${list} || g.scope_ids) x order by x); end if;`;
