import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MISSING_REASONS } from '#schema/api/access.ts';
import { idToUuid } from '#schema/ids.ts';
import { keyAuthority } from '#services/access/api-keys/key-queries.ts';
import type { Authority } from '#services/access/authority.ts';
import { ticketArm, ticketDenial } from '#services/access/can.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { explainAccess } from '#services/explain/explain-access.ts';
import type { Asked } from '#services/explain/subject.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { buildAccessWorld } from '#tests/support/build-access-world.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

/** The person has no grant that counts here, whatever becomes of a key of theirs. */
const UNGRANTED = new Set<string>(['no_grant', 'inert_scope', 'archived', 'expired', 'missing_permission']);

const explain = (caller: AccessDesk['owner'], body: unknown) => caller.post('/access/explain', body);

test('explain says of every ticket what the check says, for members and keys of any workspace', async () => {
  const ticketKeys = PERMISSION_KEYS.filter((key) => PERMISSIONS[key].resource === 'ticket') as Permission[];
  const now = new Date();
  const [url, token] = [desk.db.url, desk.owner.token];
  const question = fc.record({ who: fc.nat(), ticket: fc.nat(), permission: fc.constantFrom(...ticketKeys) });
  await fc.assert(
    fc.asyncProperty(accessWorld, fc.array(question, { minLength: 40, maxLength: 40 }), async (plan, questions) => {
      const built = await buildAccessWorld(desk.world, plan);
      const tickets = built.tickets.filter(({ deleted }) => !deleted);
      const subjects: Exclude<Asked, 'caller'>[] = [
        ...built.people.map(({ id }) => ({ principalId: id })),
        ...built.keys.map(({ key }) => ({ keyId: key.id })),
      ];
      const loads = subjects.map((asked) =>
        'keyId' in asked ? keyAuthority(asked.keyId, now) : memberAuthorityQuery(asked.principalId, now),
      );
      const authorities = (await testKernel(url, now).db.batch(loads, { kind: 'load' })) as (Authority | undefined)[];
      for (const { who, ticket, permission } of questions) {
        const asked = subjects[who % subjects.length] as Asked;
        const authority = authorities[who % subjects.length];
        const about = tickets[ticket % tickets.length];
        if (about === undefined) continue;
        const arm = authority === undefined ? undefined : ticketArm(authority, about.facts);
        const denied = authority === undefined || arm === undefined || ticketDenial(authority, permission, about.facts);
        const { output, trips } = await askVerb(
          url,
          token,
          explainAccess,
          { asked, permission, resource: { ticketId: about.id } },
          now,
        );
        const why = JSON.stringify({ asked, permission, facts: about.facts, output });
        expect(trips).toBe(1);
        expect(output, why).toMatchObject({
          allowed: denied === undefined,
          visible: arm !== undefined,
          level: arm?.level ?? null,
        });
        expect(output.missing.length > 0, why).toBe(!output.allowed);
        const order = output.missing.map(({ reason }) => MISSING_REASONS.indexOf(reason));
        expect(order, why).toEqual(order.toSorted((a, b) => a - b));
        if (output.visible)
          expect(
            output.because.some(({ level }) => level === arm?.level),
            why,
          ).toBe(true);
        if (output.allowed)
          expect(
            output.because.some((each) => each.permission === permission),
            why,
          ).toBe(true);
        if (typeof denied !== 'string') continue;
        const reasons = output.missing.map(({ reason }) => reason);
        const isPersonal = reasons.some((reason) => UNGRANTED.has(reason));
        if (denied === 'missing_permission') expect(isPersonal, why).toBe(true);
        else if (denied === 'key_scope') expect([isPersonal, reasons.includes(denied)], why).toEqual([false, true]);
        else expect(output.missing, why).toContainEqual({ reason: 'level', shortfall: denied });
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 180_000);

describe('who may ask', () => {
  test('anybody asks about themselves and their own keys; about others who administrates people', async () => {
    const { member, caller } = await desk.holder(['ticket.view_all']);
    const self = await desk.world.keyFor(['ticket.view_all'], { creator: member });
    const asSelf = await explain(desk.as(self.token), { keyId: self.id, permission: 'ticket.view_all' });
    expect(asSelf).toMatchObject({ status: 200, trips: 1, body: { allowed: true, missing: [] } });
    const unnamed = await explain(desk.as(self.token), { permission: 'ticket.merge' });
    expect(unnamed).toMatchObject({ status: 200, trips: 1 });
    expect(unnamed.body.missing.map(({ reason }: { reason: string }) => reason)).toEqual([
      'no_grant',
      'creator_authority',
      'key_scope',
    ]);
    for (const about of [{ principalId: desk.world.agent.id }, { keyId: desk.world.newId('key') }])
      expect(await explain(caller, { ...about, permission: 'ticket.view_all' })).toMatchObject({
        status: 403,
        body: { reason: 'missing_permission', required: ['admin.manage_users'] },
      });
    const admin = await desk.holder(['admin.manage_users']);
    const answer = await explain(admin.caller, { principalId: member.id, permission: 'ticket.view_all' });
    expect(answer).toMatchObject({ status: 200, body: { allowed: true, visible: true } });
  });

  test('a ticket that the caller does not see is answered as one that does not exist', async () => {
    const { caller } = await desk.holder(['admin.manage_users']);
    const unseen = await desk.world.ticket({ primaryTeamId: desk.world.teams.billing });
    const about = { principalId: desk.world.agent.id, permission: 'ticket.reply_public' };
    const texts: string[] = [];
    for (const ticketId of [unseen.id, desk.world.newId('tkt')]) {
      const { status, body } = await explain(caller, { ...about, resource: { ticketId } });
      expect(status).toBe(404);
      texts.push(JSON.stringify({ ...body, requestId: '' }));
    }
    expect(texts[0]).toBe(texts[1]);
    for (const resource of [{ teamId: desk.world.teams.billing }, { inboxId: desk.world.inboxes.invoices }])
      expect((await explain(caller, { ...about, resource })).status).toBe(404);
  });

  test('no answer holds an e-mail address', async () => {
    const { id, email } = desk.world.agent;
    const { body } = await explain(desk.owner, { principalId: id, permission: 'ticket.reply_public' });
    expect(JSON.stringify(body)).not.toContain(email);
  });

  test('a customer is nobody to explain, and not both a member and a key are named', async () => {
    const permission = 'ticket.view_all';
    expect((await explain(desk.owner, { principalId: desk.world.newId('prin'), permission })).status).toBe(404);
    const both = { principalId: desk.world.agent.id, keyId: desk.world.newId('key') };
    expect((await explain(desk.owner, { ...both, permission })).status).toBe(400);
    const { status, body } = await explain(desk.owner, { principalId: desk.world.agent.id, permission: 'ticket.fly' });
    expect([status, body.reason]).toEqual([422, 'unknown_permission']);
  });
});

describe('reasons', () => {
  const reasonsFor = async (body: unknown) => {
    const answer = await explain(desk.owner, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body as { missing: { reason: string }[]; allowed: boolean };
  };
  const reasonList = async (body: unknown) => (await reasonsFor(body)).missing.map(({ reason }) => reason);

  test('a grant at a scope where the permission is inert, at an archived team, or over, is named', async () => {
    const permission = 'admin.manage_roles';
    const inert = await desk.world.member();
    await desk.world.grant(inert, [permission], { teamId: desk.world.teams.support });
    const { missing } = await reasonsFor({ principalId: inert.id, permission });
    expect(missing).toMatchObject([
      { reason: 'inert_scope', scope: { kind: 'team', id: desk.world.teams.support }, roleKey: expect.any(String) },
    ]);

    const over = await desk.world.member();
    await desk.world.grant(over, ['ticket.view_all']);
    await desk.db.query(
      "update principal_role_assignments set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where principal_id = $1",
      [idToUuid(over.id)],
    );
    expect(await reasonList({ principalId: over.id, permission: 'ticket.view_all' })).toEqual(['expired']);
    expect(await reasonList({ principalId: over.id, permission: 'audit.view' })).toEqual(['no_grant']);

    const team = desk.world.newId('team');
    await desk.db.query("insert into teams (id, slug, name, archived_at) values ($1, 'old-crew', 'Old', now())", [
      idToUuid(team),
    ]);
    const left = await desk.world.member();
    await desk.world.grant(left, ['ticket.view_all'], { teamId: team });
    const ticketId = (await desk.world.ticket({ primaryTeamId: team })).id;
    const about = { principalId: left.id, permission: 'ticket.view_all', resource: { ticketId } };
    expect(await reasonList(about)).toEqual(['archived', 'not_visible']);
  });

  test('a suspended member has their state before all else, and nothing that allows', async () => {
    const member = await desk.world.member({ role: 'agent' });
    await desk.db.query("update principal set member_state = 'suspended' where id = $1", [idToUuid(member.id)]);
    const answer = await reasonsFor({ principalId: member.id, permission: 'ticket.comment_internal' });
    expect(answer).toMatchObject({
      allowed: false,
      visible: false,
      because: [],
      missing: [{ reason: 'member_state', state: 'suspended' }],
    });
  });

  test('a key is told from its creator: what they lack, what its scopes and its limits cut', async () => {
    const member = await desk.world.member();
    await desk.world.grant(member, ['ticket.view_all', 'ticket.merge']);
    const { support, billing } = desk.world.teams;
    const key = await desk.world.keyFor(['ticket.view_all', 'ticket.delete'], { creator: member, teamIds: [support] });
    const inside = { ticketId: (await desk.world.ticket({ primaryTeamId: support })).id };
    const outside = { ticketId: (await desk.world.ticket({ primaryTeamId: billing })).id };
    const about = (permission: Permission, resource: unknown) => reasonList({ keyId: key.id, permission, resource });
    expect(await about('ticket.view_all', inside)).toEqual([]);
    expect(await about('ticket.view_all', outside)).toEqual(['key_limit', 'not_visible']);
    expect(await about('ticket.merge', inside)).toEqual(['key_scope']);
    expect(await about('ticket.delete', inside)).toEqual(['no_grant', 'creator_authority']);
    expect(await about('ticket.view_all', undefined)).toEqual(['key_limit']);
  });

  test('a share names itself and its team, and is too low for a reply', async () => {
    const { support, billing } = desk.world.teams;
    const member = await desk.world.member({ teams: [billing] });
    await desk.world.grant(member, ['ticket.view_shared', 'ticket.reply_public']);
    const { id: ticketId } = await desk.world.ticket({ primaryTeamId: support });
    const shareId = desk.world.newId('tshare');
    await desk.db.query(
      "insert into ticket_shares (id, ticket_id, team_id, level, actor_kind) values ($1, $2, $3, 'comment', 'system')",
      [idToUuid(shareId), idToUuid(ticketId), idToUuid(billing)],
    );
    const answer = await explain(desk.owner, {
      principalId: member.id,
      permission: 'ticket.reply_public',
      resource: { ticketId },
    });
    expect(answer.body).toMatchObject({
      allowed: false,
      visible: true,
      level: 'comment',
      needsLevel: 'full',
      because: [
        { via: 'share', permission: 'ticket.view_shared', level: 'comment', teamId: billing, shareId },
        { via: 'grant', permission: 'ticket.reply_public', scope: { kind: 'workspace' } },
      ],
      missing: [{ reason: 'level', shortfall: 'share_level' }],
    });
  });
});
