import { randomFillSync } from 'node:crypto';
import { fold } from '#schema/fold.ts';
import { createIdSource } from '#schema/id-source.ts';
import { hashId, type Id, newId, type Prefix } from '#schema/ids.ts';
import {
  apiKeys,
  contactEmails,
  contacts,
  inboxes,
  principal,
  principalRoleAssignments,
  rolePermissions,
  roles,
  teamMemberships,
  teams,
  ticketMessages,
  tickets,
  user,
} from '#schema/index.ts';
import type { STATUS_CATEGORIES, ValueOf } from '#schema/values.ts';
import { formatApiKey, hashSecret, newSecret, secretOf } from '#services/access/credential.ts';
import type { Permission } from '#services/access/permissions.ts';
import type { SystemRoleKey } from '#services/access/system-roles.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { TestDatabase } from './database.ts';

type Category = ValueOf<typeof STATUS_CATEGORIES>;
export type TicketFields = Partial<Omit<typeof tickets.$inferInsert, 'id' | 'number'>>;
/** Where a role is held; the whole workspace when left out. */
export type Place = { teamId: Id<'team'> } | { inboxId: Id<'inbox'> };

export interface Member {
  id: Id<'prin'>;
  userId: Id<'user'>;
  name: string;
  email: string;
}

export interface TestKey {
  id: Id<'key'>;
  /** Its own service principal, which is who acts. */
  principalId: Id<'prin'>;
  token: string;
}

export interface KeyOptions {
  teamIds?: readonly Id<'team'>[];
  inboxIds?: readonly Id<'inbox'>[];
  /** Whose power bounds it; the owner unless said. */
  creator?: Member;
  /** Bounds it by a member of its own, who holds exactly the scopes and only there. */
  roleScope?: Place;
  expiresAt?: Date;
  revokedAt?: Date;
}

/** A small workspace, written straight into the tables: no event, audit row or activity stands beside what a test does. */
export interface World {
  db: TestDatabase;
  /** Everything, at the workspace. */
  owner: Member;
  /** Role `agent` at the workspace, in team support. */
  agent: Member;
  teams: Record<'support' | 'billing', Id<'team'>>;
  /** `help` is the default one and belongs to support, `invoices` to billing. */
  inboxes: Record<'help' | 'invoices', Id<'inbox'>>;
  /** The default status of each category. */
  statuses: Record<Category, Id<'tstat'>>;
  newId<P extends Prefix>(prefix: P): Id<P>;
  /** Runs a drizzle builder as it stands. */
  put(builder: Parameters<typeof statement>[0]): Promise<void>;
  member(options?: { role?: SystemRoleKey; at?: Place; teams?: readonly Id<'team'>[] }): Promise<Member>;
  role(permissions: readonly Permission[]): Promise<Id<'role'>>;
  team(): Promise<Id<'team'>>;
  /** A custom role of its own, held by a member at a place. */
  grant(member: Member, permissions: readonly Permission[], at?: Place): Promise<void>;
  keyFor(scopes: readonly Permission[], options?: KeyOptions): Promise<TestKey>;
  contact(name?: string): Promise<{ id: Id<'contact'>; email: string }>;
  /** Open, with a public opening message by its requester, a contact unless a login asks, in the pool unless placed. */
  ticket(fields?: TicketFields): Promise<{ id: Id<'tkt'>; number: number }>;
}

export const systemRole = (key: SystemRoleKey): Id<'role'> => hashId('role', ['system', key]);

export async function createWorld(db: TestDatabase): Promise<World> {
  const ids = createIdSource({ now: () => Date.now(), random: randomFillSync });
  const fresh = <P extends Prefix>(prefix: P): Id<P> => newId(ids, prefix);
  const put = async (builder: Parameters<typeof statement>[0]): Promise<void> => {
    const { text, params } = statement(builder);
    await db.query(text, params);
  };
  const assign = (principalId: Id<'prin'>, roleId: Id<'role'>, at?: Place) =>
    put(qb.insert(principalRoleAssignments).values({ id: fresh('rasn'), principalId, roleId, ...placeColumns(at) }));
  let people = 0;

  const member: World['member'] = async ({ role, at, teams: joined = [] } = {}) => {
    people += 1;
    const made: Member = {
      id: fresh('prin'),
      userId: fresh('user'),
      name: `Member ${people}`,
      email: `member-${people}@desk.test`,
    };
    const now = new Date();
    await put(qb.insert(user).values({ id: made.userId, email: made.email, emailVerified: true }));
    await put(
      qb.insert(principal).values({
        id: made.id,
        type: 'user',
        userId: made.userId,
        displayName: made.name,
        memberState: 'active',
        memberSince: now,
      }),
    );
    if (role !== undefined) await assign(made.id, systemRole(role), at);
    for (const teamId of joined)
      await put(qb.insert(teamMemberships).values({ id: fresh('tmem'), teamId, principalId: made.id }));
    return made;
  };

  const role: World['role'] = async (permissions) => {
    const id = fresh('role');
    const key = id.replace('role_', 'r');
    await put(qb.insert(roles).values({ id, key, name: key }));
    await put(qb.insert(rolePermissions).values(permissions.map((permissionKey) => ({ roleId: id, permissionKey }))));
    return id;
  };
  const grant: World['grant'] = async (to, permissions, at) => assign(to.id, await role(permissions), at);

  const contact: World['contact'] = async (name = 'Ada Park') => {
    const id = fresh('contact');
    const email = `${id}@customer.test`;
    await put(qb.insert(contacts).values({ id, name, sortName: fold(name), searchText: fold(`${name} ${email}`) }));
    await put(
      qb
        .insert(contactEmails)
        .values({ id: fresh('cmail'), contactId: id, email, isPrimary: true, verifiedAt: new Date() }),
    );
    return { id, email };
  };

  const support = fresh('team');
  const billing = fresh('team');
  await put(
    qb.insert(teams).values([
      { id: support, slug: 'support', name: 'Support' },
      { id: billing, slug: 'billing', name: 'Billing' },
    ]),
  );
  const help = fresh('inbox');
  const invoices = fresh('inbox');
  await put(
    qb.insert(inboxes).values([
      { id: help, slug: 'help', name: 'Help', isDefault: true, primaryTeamId: support },
      { id: invoices, slug: 'invoices', name: 'Invoices', primaryTeamId: billing },
    ]),
  );
  const owner = await member({ role: 'owner' });
  const agent = await member({ role: 'agent', teams: [support] });
  const statuses = await defaultStatuses(db);

  return {
    db,
    owner,
    agent,
    teams: { support, billing },
    inboxes: { help, invoices },
    statuses,
    newId: fresh,
    put,
    member,
    role,
    grant,

    async team() {
      const id = fresh('team');
      await put(qb.insert(teams).values({ id, slug: id.replace('_', '-'), name: 'Another team' }));
      return id;
    },

    async keyFor(scopes, options = {}) {
      const creator = options.creator ?? (options.roleScope === undefined ? owner : await member());
      if (options.roleScope !== undefined) await grant(creator, scopes, options.roleScope);
      const id = fresh('key');
      const token = formatApiKey(id, newSecret());
      const principalId = fresh('prin');
      await put(
        qb
          .insert(principal)
          .values({ id: principalId, type: 'service', serviceKind: 'api_key', displayName: 'Test key' }),
      );
      await put(
        qb.insert(apiKeys).values({
          id,
          name: 'Test key',
          principalId,
          creatorPrincipalId: creator.id,
          secretHash: hashSecret(secretOf(token)),
          scopeKeys: [...scopes],
          teamIds: options.teamIds === undefined ? null : [...options.teamIds],
          inboxIds: options.inboxIds === undefined ? null : [...options.inboxIds],
          // A use is noted in a trip of its own now and then; not while trips are counted.
          lastUsedAt: new Date(),
          expiresAt: options.expiresAt ?? null,
          revokedAt: options.revokedAt ?? null,
          revokeReason: options.revokedAt === undefined ? null : 'manual',
        }),
      );
      return { id, principalId, token };
    },

    contact,

    async ticket(fields: TicketFields = {}) {
      const id = fresh('tkt');
      const [row] = await db.query<{ number: string }>("select nextval('ticket_number_seq') as number");
      const number = Number(row?.number);
      const alone = fields.requesterPrincipalId != null && fields.requesterContactId == null;
      const requesterContactId = alone ? null : (fields.requesterContactId ?? (await contact()).id);
      const now = fields.createdAt ?? new Date();
      await put(
        qb.insert(tickets).values({
          subject: 'The export stops half-way',
          statusId: statuses.open,
          statusCategory: 'open',
          messageSeq: 1,
          lastActivityAt: now,
          lastPublicAt: now,
          lastMessageAt: now,
          lastCustomerMessageAt: now,
          customerWaitingSince: now,
          createdAt: now,
          updatedAt: now,
          ...fields,
          id,
          number,
          requesterContactId,
        }),
      );
      const text = 'It stops at row 500.';
      await put(
        qb.insert(ticketMessages).values({
          id: fresh('tmsg'),
          ticketId: id,
          seq: 1,
          audience: 'public',
          authorKind: 'customer',
          authorContactId: requesterContactId,
          authorName: 'Ada Park',
          via: 'api',
          isOpening: true,
          body: text,
          bodyText: text,
          createdAt: now,
        }),
      );
      return { id, number };
    },
  };
}

function placeColumns(at: Place | undefined) {
  if (at === undefined) return {};
  return 'teamId' in at
    ? { scopeKind: 'team' as const, teamId: at.teamId }
    : { scopeKind: 'inbox' as const, inboxId: at.inboxId };
}

async function defaultStatuses(db: TestDatabase): Promise<World['statuses']> {
  const rows = await db.query<{ category: Category; id: Id<'tstat'> }>(
    "select category, to_typeid('tstat', id) as id from ticket_statuses where is_default and deleted_at is null",
  );
  return Object.fromEntries(rows.map(({ category, id }) => [category, id])) as World['statuses'];
}
