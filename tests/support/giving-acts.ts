import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { createApiKey } from '#services/access/api-keys/create-api-key.ts';
import { updateApiKey } from '#services/access/api-keys/update-api-key.ts';
import { authorityFromRow, type EffectiveGrant } from '#services/access/authority.ts';
import { authorityFrom, memberRows } from '#services/access/authority-sql.ts';
import { inviteMember } from '#services/access/invitations/invite-member.ts';
import { putAuthIssuerRules } from '#services/access/issuers/put-auth-issuer-rules.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { changeGrantExpiry } from '#services/access/roles/change-grant-expiry.ts';
import { createRole } from '#services/access/roles/create-role.ts';
import { deleteRole } from '#services/access/roles/delete-role.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { rows } from '#services/kernel/query.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import { accessStep, changeOf, makeChange } from './access-changes.ts';
import type { AccessDesk } from './access-desk.ts';
import { askVerb } from './ask-verb.ts';
import type { BuiltWorld } from './build-access-world.ts';
import type { Joining } from './joining.ts';
import { testKernel } from './kernel.ts';

const DAY_MS = 86_400_000;

/** Who acts, in which way that can give something, and picks among what is there. */
export const act = fc.record({
  actor: fc.nat({ max: 2 }),
  kind: fc.constantFrom(
    'grant',
    'grant',
    'extend',
    'createRole',
    'createKey',
    'widenKey',
    'reassign',
    'handOn',
    'change',
    'change',
    'invite',
    'accept',
    'mapClaims',
    'signIn',
  ),
  step: accessStep,
  days: fc.constantFrom(null, 10, 300),
});
export type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** Where acts happen: a world whose people may come to be more, and what those outside it were promised. */
export interface Scene {
  desk: AccessDesk;
  built: BuiltWorld;
  joining: Joining;
  now: Date;
  promised: { email: string; link: string }[];
}

/** What each of the people of this world and each key of theirs holds by a grant, by principal. */
export async function held({ desk, built, now }: Scene): Promise<Map<string, EffectiveGrant[]>> {
  const people = sql`select unnest(${sql.param(built.people.map(({ id }) => idToUuid(id)))}::uuid[])`;
  const subjects = sql`select * from (${memberRows(people)}) m union all
    select k.id, k.id, k.principal_id, k.creator_principal_id, k.name, k.scope_keys, k.team_ids, k.inbox_ids, null, null
    from api_keys k join principal p on p.id = k.creator_principal_id and p.member_state = 'active'
    where k.revoked_at is null and p.id in (${people})`;
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${authorityFrom(subjects, now)} select to_jsonb(auth.*) as authority from auth`,
  );
  const [found] = await testKernel(desk.db.url, now).db.batch([query], { kind: 'load' });
  return new Map(
    (found as { authority: Record<string, unknown> }[])
      .map(({ authority }) => authorityFromRow(authority))
      .map(({ principalId, grants }) => [principalId, grants.filter(({ via }) => via.length > 0)]),
  );
}

export const covers = (a: EffectiveGrant, b: EffectiveGrant): boolean =>
  a.key === b.key &&
  (a.scope === 'workspace' || (a.scope === b.scope && a.scopeId === b.scopeId)) &&
  (a.until === null || (b.until !== null && a.until >= b.until));

/** @throws ServiceError where the desk refuses it. */
export async function perform(scene: Scene, token: string, { kind, step, days }: Act): Promise<void> {
  const { desk, built, joining, now, promised } = scene;
  const run = <I, O>(verb: AnyVerb<I, O>, input: I) => askVerb(desk.db.url, token, verb, input, now);
  const expiresAt = days === null ? null : new Date(now.getTime() + days * DAY_MS);
  switch (kind) {
    case 'grant': {
      const change = await changeOf(desk, { ...step, kind }, built);
      if (change.kind !== kind) throw new TypeError('a grant is asked for');
      const { principalId, roleId, scope } = change;
      await run(grantRole, { principalId, roleId, scope, expiresAt, reason: null });
      return;
    }
    case 'extend': {
      const change = await changeOf(desk, { ...step, kind: 'revoke' }, built);
      if (change.kind !== 'revoke') throw new TypeError('a grant is named');
      await run(changeGrantExpiry, { assignmentId: change.assignmentId, expiresAt });
      return;
    }
    case 'createRole': {
      const key = desk.world.newId('role').replace('role_', 'r');
      const { output } = await run(createRole, { key, name: key, permissions: step.permissions });
      const principalId = built.people[step.a % built.people.length]?.id as Id<'prin'>;
      await run(grantRole, {
        principalId,
        roleId: output.id as Id<'role'>,
        scope: { kind: 'workspace' },
        expiresAt,
        reason: null,
      });
      return;
    }
    case 'createKey':
      await run(createApiKey, {
        name: 'Made by somebody',
        purpose: null,
        scopes: step.permissions,
        teamIds: null,
        inboxIds: null,
        allowedIps: [],
        expiresAt: new Date(now.getTime() + 10 * DAY_MS),
      });
      return;
    case 'widenKey': {
      const { id } = (built.keys[step.a % built.keys.length] as BuiltWorld['keys'][number]).key;
      await run(updateApiKey, {
        keyId: id,
        changes: { scopes: step.permissions, teamIds: null, expiresAt },
        ifMatch: null,
      });
      return;
    }
    case 'reassign': {
      const change = await changeOf(desk, { ...step, kind: 'setRolePermissions' }, built);
      const heir = await changeOf(desk, { ...step, kind: 'setRolePermissions', a: step.b }, built);
      if (change.kind !== 'setRolePermissions' || heir.kind !== change.kind) throw new TypeError('roles are named');
      await run(deleteRole, { roleId: change.roleId, reassignTo: heir.roleId, ifMatch: null });
      return;
    }
    case 'handOn': {
      const [leaver, heir] = [step.a, step.b].map((n) => built.people[n % built.people.length]?.id as Id<'prin'>);
      await run(removeMember, {
        principalId: leaver as Id<'prin'>,
        reassignTicketsTo: null,
        transferKeysTo: heir ?? null,
      });
      return;
    }
    case 'invite': {
      const change = await changeOf(desk, { ...step, kind: 'grant' }, built);
      if (change.kind !== 'grant') throw new TypeError('a role is named');
      await invite(scene, token, change.roleId, days);
      return;
    }
    case 'accept': {
      const invitation = promised[step.a % promised.length];
      if (invitation !== undefined) await accept(scene, invitation);
      return;
    }
    case 'mapClaims': {
      const change = await changeOf(desk, { ...step, kind: 'grant' }, built);
      if (change.kind !== 'grant') throw new TypeError('a role is named');
      const rules = [{ claim: ['groups'], equals: 'role', roleId: change.roleId }];
      await run(putAuthIssuerRules, { issuerId: joining.issuerId, rules, ifMatch: null });
      return;
    }
    case 'signIn': {
      const joined = await joining.signIn(`${step.a % 2}-${built.people[0]?.id}`, step.flag ? ['role'] : ['team']);
      if (!built.people.some(({ id }) => id === joined.id)) built.people.push(joined);
      return;
    }
    default:
      await makeChange(desk, await changeOf(desk, step, built), now, token);
  }
}

/** Promises somebody new a role; they may accept it later. */
export async function invite(
  { desk, now, promised }: Scene,
  token: string,
  roleId: Id<'role'>,
  roleDays: number | null,
): Promise<void> {
  const email = `${desk.world.newId('inv')}@elsewhere.test`;
  const { output } = await askVerb(
    desk.db.url,
    token,
    inviteMember,
    { email, name: null, roleId, roleDays, teamIds: [], note: null, expiresInDays: 7, deliver: 'link' },
    now,
  );
  promised.push({ email, link: output.acceptUrl ?? '' });
}

/** Who was invited comes, and is one of the people from then on. */
export async function accept({ built, joining }: Scene, { email, link }: Scene['promised'][number]): Promise<void> {
  const { status, body } = await joining.accept(email, link);
  if (status !== 200) throw new ServiceError(body.code, body.detail, { reason: body.reason });
  built.people.push(await joining.memberOf(email));
}
