import { type LocalIssuer, startLocalIssuer } from '#local/issuer.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { authIssuerRules, authIssuers } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import type { AccessDesk, Answered } from './access-desk.ts';
import type { Member } from './world.ts';

const AUDIENCE = 'mallard';
const DOMAIN = 'joining.test';
const GROUPS = ['role', 'team'] as const;

/** An issuer whose rules take people in, and through which whoever is invited proves their address. */
export interface Joining {
  issuerId: Id<'iss'>;
  /** From now on who is in group `role` gets this role, and who is in group `team` a place in this team; an owner said so. */
  map(roleId: Id<'role'>, teamId: Id<'team'>): Promise<void>;
  /** Somebody of the issuer asks for themself with such groups. */
  signIn(name: string, groups: readonly (typeof GROUPS)[number][]): Promise<Member>;
  accept(email: string, link: string): Promise<Answered>;
  /** Who has this address now. */
  memberOf(email: string): Promise<Member>;
  stop: LocalIssuer['stop'];
}

export async function openJoining({ db, world, as }: Pick<AccessDesk, 'db' | 'world' | 'as'>): Promise<Joining> {
  const issuer = await startLocalIssuer();
  const issuerId = world.newId('iss');
  await world.put(
    qb.insert(authIssuers).values({
      id: issuerId,
      issuer: issuer.issuer,
      jwksUrl: issuer.jwksUrl,
      audiences: [AUDIENCE],
      provision: 'create',
      sync: 'always',
      emailDomains: [DOMAIN],
    }),
  );
  const proof = (email: string, groups: readonly string[]) =>
    issuer.sign({ sub: email, aud: AUDIENCE, email, email_verified: true, groups });
  const memberOf = async (email: string): Promise<Member> => {
    const [found] = await db.query<Member>(
      `select to_typeid('prin', p.id) as id, to_typeid('user', u.id) as "userId", p.display_name as name, u.email
        from principal p join "user" u on u.id = p.user_id where u.email = $1`,
      [email],
    );
    if (found === undefined) throw new TypeError(`${email} has not come in`);
    return found;
  };
  return {
    issuerId,
    memberOf,
    async map(roleId, teamId) {
      await db.query(`delete from auth_issuer_rules where issuer_id = $1`, [idToUuid(issuerId)]);
      await db.query(
        'update auth_issuers set rules_version = rules_version + 1, revision = revision + 1, version = version + 1 where id = $1',
        [idToUuid(issuerId)],
      );
      const rule = (position: number) => ({
        id: world.newId('issr'),
        issuerId,
        position,
        claim: ['groups'],
        equals: GROUPS[position] ?? '',
      });
      await world.put(qb.insert(authIssuerRules).values({ ...rule(0), roleId }));
      await world.put(qb.insert(authIssuerRules).values({ ...rule(1), joinTeamId: teamId, joinAs: 'member' }));
    },
    async signIn(name, groups) {
      const email = `${name}@${DOMAIN}`;
      await as(await proof(email, groups)).get('/me');
      return memberOf(email);
    },
    accept: async (email, link) =>
      as(await proof(email, [])).post('/invitations/accept', { token: link.slice(link.indexOf('#') + 1) }),
    stop: issuer.stop,
  };
}
