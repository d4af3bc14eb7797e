import { type SQL, sql } from 'drizzle-orm';
import type { Me } from '#schema/api/me.ts';
import { uuidToId } from '#schema/ids.ts';
import type { MEMBER_STATES, ValueOf } from '#schema/values.ts';
import type { LoadedRoot } from '#services/kernel/change.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { heldPermission } from '../api-keys/key-view.ts';
import type { Authority } from '../authority.ts';

/** The caller's own row, and where the person behind the caller belongs. */
export interface MyFacts extends LoadedRoot {
  displayName: string;
  avatarUrl: string | null;
  email: string | null;
  memberState: ValueOf<typeof MEMBER_STATES> | null;
  tokensValidAfter: Date | null;
  version: number;
  teams: Me['teams'];
  inboxes: Me['inboxes'];
}

interface Row extends Record<string, unknown> {
  id: string;
  display_name: string;
  avatar_url: string | null;
  email: string | null;
  member_state: MyFacts['memberState'];
  tokens_valid_after: string | null;
  version: number;
  revision: number;
  event_seq: string;
  teams: Me['teams'];
  inboxes: Me['inboxes'];
}

export function myFacts(auth: SQL): Statement<MyFacts | undefined> {
  const query = rows<Row>(sql`with ${auth}
    select p.id, p.display_name, p.avatar_url, u.email, p.member_state, p.tokens_valid_after, p.version, p.revision, p.event_seq,
      (select coalesce(jsonb_agg(jsonb_build_object('teamId', to_typeid('team', t.id), 'name', t.name, 'role', m.role) order by t.name, t.id), '[]')
        from team_memberships m join teams t on t.id = m.team_id and t.archived_at is null where m.principal_id = auth.holder_id) as teams,
      (select coalesce(jsonb_agg(jsonb_build_object('inboxId', to_typeid('inbox', i.id), 'name', i.name, 'role', m.role) order by i.name, i.id), '[]')
        from inbox_memberships m join inboxes i on i.id = m.inbox_id and i.archived_at is null where m.principal_id = auth.holder_id) as inboxes
    from auth join principal p on p.id = auth.principal_id left join "user" u on u.id = p.user_id`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return undefined;
      return {
        id: uuidToId('prin', row.id),
        displayName: row.display_name,
        avatarUrl: row.avatar_url,
        email: row.email,
        memberState: row.member_state,
        tokensValidAfter: row.tokens_valid_after === null ? null : new Date(row.tokens_valid_after),
        version: row.version,
        revision: row.revision,
        eventSeq: Number(row.event_seq),
        teams: row.teams,
        inboxes: row.inboxes,
      };
    },
  };
}

export const meView = (facts: MyFacts, authority: Authority): Me => ({
  actor: {
    kind: authority.keyId === null ? 'user' : 'api_key',
    principalId: authority.principalId,
    displayName: facts.displayName,
    avatarUrl: facts.avatarUrl,
    email: facts.email,
    keyId: authority.keyId,
    memberId: authority.holderId,
  },
  grants: authority.grants.map(heldPermission),
  teams: facts.teams,
  inboxes: facts.inboxes,
  limits: {
    teamIds: authority.limitTeams === null ? null : [...authority.limitTeams],
    inboxIds: authority.limitInboxes === null ? null : [...authority.limitInboxes],
  },
  version: facts.version,
});

/** Whoever has an authority has a row. */
export function mustBeKnown(facts: MyFacts | undefined): MyFacts {
  if (facts === undefined) throw new TypeError('an authority without a principal');
  return facts;
}
