import type { Id } from '#schema/ids.ts';
import type { Permission } from '#services/access/permissions.ts';
import { type Answer, AUDIENCE, openPeopleDesk, type PeopleDesk, type Sent } from './people.ts';
import type { Member } from './world.ts';

/** A desk whose owner invites, and people who come with a token of its issuer. */
export interface InvitingDesk extends PeopleDesk {
  asOwner(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Invites somebody new by a link, as the owner unless told. */
  invite(fields?: Record<string, unknown>, token?: string): Promise<Invited>;
  accept(link: string, token: string): Promise<Answer>;
  /** A token that proves an address, of a subject that nobody knows yet. */
  proof(email: string, claims?: Record<string, unknown>): Promise<string>;
  /** An address that nobody has. */
  somebody(): string;
  roleNamed(key: string): Promise<Id<'role'>>;
  /** A member who may invite, and has these permissions beside it. */
  manager(...keys: Permission[]): Promise<{ member: Member; token: string }>;
  /** The invitation's time is over. */
  expire(id: Id<'inv'>): Promise<unknown>;
}

export interface Invited {
  email: string;
  answer: Answer;
  link: string;
  id: Id<'inv'>;
}

export async function openInvitingDesk(): Promise<InvitingDesk> {
  const desk = await openPeopleDesk();
  const owner = await desk.tokenOf(desk.world.owner);
  let people = 0;
  const somebody = (): string => {
    people += 1;
    return `invited-${people}@elsewhere.test`;
  };
  return {
    ...desk,
    somebody,
    asOwner: (method, path, sent = {}) => desk.call(method, path, { token: owner, ...sent }),
    async invite(fields = {}, token = owner) {
      const email = somebody();
      const answer = await desk.call('POST', '/invitations', { token, body: { email, deliver: 'link', ...fields } });
      const [, link = ''] = String(answer.body.acceptUrl).split('#');
      return { email, answer, link, id: answer.body.id as Id<'inv'> };
    },
    accept: (link, token) => desk.call('POST', '/invitations/accept', { token, body: { token: link } }),
    proof: (email, claims = {}) =>
      desk.issuer.sign({ sub: `subject of ${email}`, aud: AUDIENCE, email, email_verified: true, ...claims }),
    async roleNamed(key) {
      const [row] = await desk.db.query<{ id: Id<'role'> }>(
        `select to_typeid('role', id) as id from roles where key = $1`,
        [key],
      );
      return row?.id as Id<'role'>;
    },
    async manager(...keys) {
      const member = await desk.world.member();
      await desk.world.grant(member, ['admin.manage_users', ...keys]);
      return { member, token: await desk.tokenOf(member) };
    },
    expire: (id) =>
      desk.db.query(`update invitation set expires_at = now() - interval '1 second' where to_typeid('inv', id) = $1`, [
        id,
      ]),
  };
}

/** Status and reason, as tests compare them. */
export const refusal = ({ status, body }: Answer): string => `${status} ${body.reason ?? ''}`;
