import { sql } from 'drizzle-orm';
import { hashId, type Id, newId } from '#schema/ids.ts';
import {
  apiKeys,
  inboxChannels,
  inboxes,
  principal,
  principalRoleAssignments,
  SETTINGS_ID,
  settings,
  teamMemberships,
  teams,
  user,
} from '#schema/index.ts';
import {
  type Credential,
  formatApiKey,
  hashSecret,
  newSecret,
  parseApiKey,
  secretOf,
} from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';

export interface DemoMember {
  name: string;
  role: 'owner' | 'supervisor' | 'agent' | 'collaborator';
  principalId: Id<'prin'>;
  token: string;
  credential: Credential;
}

export interface DemoWorkspace {
  members: DemoMember[];
  support: { teamId: Id<'team'>; inboxId: Id<'inbox'> };
  billing: { teamId: Id<'team'>; inboxId: Id<'inbox'> };
}

const MEMBERS = [
  { name: 'Ines Duarte', role: 'owner', team: null },
  { name: 'Mateo Ferri', role: 'supervisor', team: 'support' },
  { name: 'Grace Lindqvist', role: 'agent', team: 'support' },
  { name: 'Tariq Haddad', role: 'agent', team: 'billing' },
  { name: 'Sofia Brandt', role: 'collaborator', team: null },
] as const;

/** A small company: five people with a key each, two teams with an inbox each. */
export async function makeWorkspace(kernel: Kernel): Promise<DemoWorkspace> {
  const { ids } = kernel;
  const support = { teamId: newId(ids, 'team'), inboxId: newId(ids, 'inbox') };
  const billing = { teamId: newId(ids, 'team'), inboxId: newId(ids, 'inbox') };
  const members = MEMBERS.map((member) => makeMember(kernel, member, { support, billing }));
  const write = (builder: Parameters<typeof statement>[0]): Statement => statement(builder);
  await kernel.db.batch(
    [
      run(
        sql`update settings set name = 'Lighthouse Supply', default_time_zone = 'Europe/Berlin' where id = ${sql.param(SETTINGS_ID, settings.id)}`,
      ),
      write(
        qb.insert(teams).values([
          { id: support.teamId, slug: 'support', name: 'Customer support', color: '#2563eb' },
          { id: billing.teamId, slug: 'billing', name: 'Billing', color: '#16a34a' },
        ]),
      ),
      write(
        qb.insert(inboxes).values([
          { id: support.inboxId, name: 'Support', slug: 'support', isDefault: true, primaryTeamId: support.teamId },
          { id: billing.inboxId, name: 'Invoices', slug: 'invoices', primaryTeamId: billing.teamId },
        ]),
      ),
      write(
        qb.insert(inboxChannels).values([
          {
            id: newId(ids, 'ibch'),
            inboxId: support.inboxId,
            kind: 'email',
            label: 'Help address',
            externalId: 'help@lighthouse.example',
          },
          {
            id: newId(ids, 'ibch'),
            inboxId: billing.inboxId,
            kind: 'email',
            label: 'Invoices address',
            externalId: 'billing@lighthouse.example',
          },
        ]),
      ),
      ...members.flatMap(({ statements }) => statements),
    ],
    { kind: 'commit' },
  );
  return { members: members.map(({ member }) => member), support, billing };
}

function makeMember(
  { ids, now, random }: Kernel,
  { name, role, team }: (typeof MEMBERS)[number],
  places: Pick<DemoWorkspace, 'support' | 'billing'>,
): { member: DemoMember; statements: Statement[] } {
  const userId = newId(ids, 'user');
  const principalId = newId(ids, 'prin');
  const serviceId = newId(ids, 'prin');
  const keyId = newId(ids, 'key');
  const token = formatApiKey(keyId, newSecret(random));
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a fresh key must parse');
  const email = `${name.split(' ')[0]?.toLowerCase()}@lighthouse.example`;
  const keyName = `Demo key of ${name}`;
  return {
    member: { name, role, principalId, token, credential },
    statements: [
      statement(qb.insert(user).values({ id: userId, email, emailVerified: true })),
      statement(
        qb.insert(principal).values([
          { id: principalId, type: 'user', userId, displayName: name, memberState: 'active', memberSince: now },
          { id: serviceId, type: 'service', serviceKind: 'api_key', displayName: keyName },
        ]),
      ),
      statement(
        qb.insert(principalRoleAssignments).values({
          id: newId(ids, 'rasn'),
          principalId,
          roleId: hashId('role', ['system', role]),
          source: role === 'owner' ? 'setup' : 'manual',
        }),
      ),
      ...(team === null
        ? []
        : [
            statement(
              qb.insert(teamMemberships).values({ id: newId(ids, 'tmem'), teamId: places[team].teamId, principalId }),
            ),
          ]),
      statement(
        qb.insert(apiKeys).values({
          id: keyId,
          name: keyName,
          principalId: serviceId,
          creatorPrincipalId: principalId,
          secretHash: hashSecret(secretOf(token)),
          scopeKeys: PERMISSION_KEYS,
        }),
      ),
    ],
  };
}
