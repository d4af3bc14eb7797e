import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EventType } from '#schema/events.ts';
import { hashId, type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { namesOf } from '#services/webhooks/event-types.ts';
import { type EndpointFilter, matches } from '#services/webhooks/matches.ts';
import { openWebhookDesk, type WebhookDesk } from '../support/webhook-desk.ts';

const URL_OF_TARGET = 'http://127.0.0.1:9/';

let desk: WebhookDesk;
beforeAll(async () => {
  desk = await openWebhookDesk();
});
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const delivered = async (webhookId: Id<'whk'>) =>
  desk.db.query<{ event_id: string; previous_seq: number | null }>(
    `select to_typeid('evt', event_id) as event_id, previous_seq::int from deliveries where target_id = $1 order by position`,
    [idToUuid(webhookId)],
  );
const idsOf = async (webhookId: Id<'whk'>) => (await delivered(webhookId)).map(({ event_id }) => event_id);
const query = (text: string, params: unknown[] = []) => desk.db.query(text, params);

test('the id of a delivery is the hash of event, sink and target', async () => {
  const endpoint = await desk.createEndpoint({ url: URL_OF_TARGET, types: ['ticket.updated'], audience: 'internal' });
  const [eventId] = await desk.emit({});
  await dispatchEvents(desk.kernel());
  const [row] = await query(`select to_typeid('dlv', id) as id from deliveries`);
  expect(row).toEqual({ id: hashId('dlv', [eventId as string, 'webhook', endpoint.id]) });
});

test('an inbox filter stops a ticket elsewhere and without inbox, passes what has no inbox by nature, and delivers the way out', async () => {
  const { support, billing } = desk.workspace;
  const endpoint = await desk.createEndpoint({
    url: URL_OF_TARGET,
    types: ['ticket.updated', 'webhook.created'],
    audience: 'internal',
    inboxIds: [support.inboxId],
  });
  const ids = await desk.emit(
    { inboxIds: [support.inboxId] },
    { inboxIds: [billing.inboxId] },
    {},
    { inboxIds: [billing.inboxId, support.inboxId] },
  );
  await dispatchEvents(desk.kernel());
  const [created] = await desk.db.query<{ id: string }>(
    `select to_typeid('evt', id) as id from events where type = 'webhook.created'`,
  );
  expect(await idsOf(endpoint.id)).toEqual([created?.id, ids[0], ids[3]]);
});

test('silent events and excluded actors are left out', async () => {
  const actorId = idToUuid(desk.owner.principalId);
  const plain = { url: URL_OF_TARGET, types: ['ticket.updated'], audience: 'internal' };
  const quiet = await desk.createEndpoint({ ...plain, excludeActorIds: [desk.owner.principalId] });
  const all = await desk.createEndpoint({ ...plain, includeSilent: true });
  const ids = await desk.emit({ silent: true }, { actorId }, {});
  await dispatchEvents(desk.kernel());
  expect(await idsOf(quiet.id)).toEqual([ids[2]]);
  expect(await idsOf(all.id)).toEqual(ids);
});

describe('the owner', () => {
  const supervisor = () => desk.workspace.members[1] as WebhookDesk['owner'];
  const setRole = (key: string) =>
    query(
      `update principal_role_assignments set role_id = (select id from roles where key = $1) where principal_id = $2`,
      [key, idToUuid(supervisor().principalId)],
    );
  const setState = (state: string, ended: string) =>
    query(`update principal set member_state = $1, member_ended_at = ${ended} where id = $2`, [
      state,
      idToUuid(supervisor().principalId),
    ]);

  test('who lost ticket.view_all gets no ticket event from the next statement on, and keeps what is still covered', async () => {
    const endpoint = await desk.createEndpoint(
      { url: URL_OF_TARGET, types: ['ticket.updated'], audience: 'internal' },
      supervisor(),
    );
    const [before] = await desk.emit({});
    await dispatchEvents(desk.kernel());
    await setRole('agent');
    const after = await desk.emit({});
    await dispatchEvents(desk.kernel());
    await setRole('supervisor');
    expect(await idsOf(endpoint.id)).toEqual([before]);
    expect(after).toHaveLength(1);
  });

  test('removed: the endpoint is held at once, and the place is marked', async () => {
    const endpoint = await desk.createEndpoint(
      { url: URL_OF_TARGET, types: ['ticket.updated'], audience: 'internal' },
      supervisor(),
    );
    await desk.emit({});
    await dispatchEvents(desk.kernel());
    await setState('removed', 'now()');
    await desk.emit({}, {});
    await dispatchEvents(desk.kernel());
    await desk.emit({});
    await dispatchEvents(desk.kernel());
    await setState('active', 'null');
    expect(await idsOf(endpoint.id)).toHaveLength(1);
    expect(
      await query(`select held_from::int from delivery_health where target_id = $1`, [idToUuid(endpoint.id)]),
    ).toEqual([{ held_from: 2 }]);
  });
});

describe('the sequence before', () => {
  test('names the last event of the entity that matched, wherever that was', async () => {
    const { support, billing } = desk.workspace;
    const endpoint = await desk.createEndpoint({
      url: URL_OF_TARGET,
      types: ['ticket.updated'],
      audience: 'internal',
      inboxIds: [support.inboxId],
    });
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    const here = [support.inboxId];
    await desk.emit(
      { entityId: a, inboxIds: here },
      { entityId: a, inboxIds: [billing.inboxId] },
      { entityId: b, inboxIds: here },
    );
    await dispatchEvents(desk.kernel());
    await desk.emit(
      { entityId: a, inboxIds: here },
      { entityId: a, silent: true, inboxIds: here },
      { entityId: a, inboxIds: here },
    );
    await dispatchEvents(desk.kernel());
    expect((await delivered(endpoint.id)).map(({ previous_seq }) => previous_seq)).toEqual([null, null, 1, 3]);
  });

  test('is not known from before the endpoint, nor farther back than 200 steps', async () => {
    const entityId = crypto.randomUUID();
    await desk.emit({ entityId });
    await dispatchEvents(desk.kernel());
    const endpoint = await desk.createEndpoint({ url: URL_OF_TARGET, types: ['ticket.updated'], audience: 'internal' });
    await desk.emit({ entityId }, ...Array.from({ length: 200 }, () => ({ entityId, silent: true })), { entityId });
    await dispatchEvents(desk.kernel());
    expect((await delivered(endpoint.id)).map(({ previous_seq }) => previous_seq)).toEqual([null, null]);
  });
});

const AUDIENCES = ['public', 'internal', 'shared_team'] as const;
const TYPES = [
  'ticket.updated',
  'ticket.message_added',
  'ticket.created',
  'ticket.sla_started',
  'webhook.created',
] as const satisfies EventType[];
const NAMES = [...new Set(TYPES.flatMap(namesOf))];
const VIEWS = ['ticket.view_all', 'ticket.comment_internal', 'webhook.view', 'sla.view'] as const;

test('SQL and pure matcher agree on random worlds', async () => {
  const places = [desk.workspace.support, desk.workspace.billing];
  const inboxId = fc.constantFrom(...places.map((place) => place.inboxId));
  const teamId = fc.constantFrom(...places.map((place) => place.teamId));
  const people = desk.workspace.members.map((member) => member.principalId);
  const some = <T>(one: fc.Arbitrary<T>, min = 0) => fc.uniqueArray(one, { minLength: min, maxLength: 2 });
  const grant = fc.record({
    key: fc.constantFrom(...VIEWS),
    place: fc.option(fc.oneof(inboxId, teamId), { nil: null, freq: 1 }),
  });
  const endpoint = fc.record({
    owner: fc.nat({ max: people.length - 1 }),
    types: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }),
    audience: fc.constantFrom(...AUDIENCES),
    inboxIds: fc.option(some(inboxId, 1), { nil: null, freq: 1 }),
    teamIds: fc.option(some(teamId, 1), { nil: null, freq: 1 }),
    includeSilent: fc.boolean(),
    excludeActorIds: some(fc.constantFrom(...people)),
  });
  const event = fc.record({
    type: fc.constantFrom(...TYPES),
    audience: fc.constantFrom(...AUDIENCES),
    inboxIds: some(inboxId),
    teamIds: some(teamId),
    actor: fc.oneof(fc.constant(null), fc.constantFrom(...people)),
    silent: fc.boolean(),
  });
  const world = fc.record({
    grants: fc.array(fc.array(grant, { minLength: 1, maxLength: 6 }), {
      minLength: people.length,
      maxLength: people.length,
    }),
    removed: fc.nat({ max: people.length * 2 }),
    endpoints: fc.array(endpoint, { minLength: 1, maxLength: 6 }),
    events: fc.array(event, { minLength: 4, maxLength: 12 }),
  });
  let told = 0;
  await fc.assert(
    fc.asyncProperty(world, async ({ grants, removed, endpoints, events }) => {
      await query(`update webhooks set deleted_at = now(), secrets = null where deleted_at is null`);
      await grantAnew(people, grants);
      await query(
        `update principal set member_state = case when id = $1 then 'suspended' else 'active' end where member_state is not null`,
        [idToUuid(people[removed] ?? (hashId('prin', ['nobody']) as Id<'prin'>))],
      );
      const endpointIds = await Promise.all(
        endpoints.map((each) => insertEndpoint(each, people[each.owner] as Id<'prin'>)),
      );
      const eventIds = await desk.emit(
        ...events.map(({ actor, audience, ...each }) => ({
          ...each,
          audience,
          ...(audience === 'shared_team' ? { audienceTeamId: idToUuid(places[0]?.teamId as Id<'team'>) } : {}),
          ...(actor === null ? {} : { actorId: idToUuid(actor) }),
        })),
      );
      const kernel = desk.kernel();
      const owners = await Promise.all(
        people.map(async (id) => (await kernel.db.batch([memberAuthorityQuery(id, kernel.now)], { kind: 'load' }))[0]),
      );
      await dispatchEvents(kernel);
      for (const [at, each] of endpoints.entries()) {
        const expected = events.flatMap((one, i) =>
          matches(each, { ...one, actorId: one.actor }, owners[each.owner]) ? [eventIds[i]] : [],
        );
        told += expected.length;
        expect(await idsOf(endpointIds[at] as Id<'whk'>)).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
  expect(told).toBeGreaterThan(100);
}, 120_000);

async function insertEndpoint(filter: EndpointFilter, owner: Id<'prin'>): Promise<Id<'whk'>> {
  const uuids = (ids: readonly Id[] | null): string[] | null => ids?.map(idToUuid) ?? null;
  const [row] = await desk.db.query<{ id: string }>(
    `insert into webhooks (name, url, owner_principal_id, types, audience, inbox_ids, team_ids, include_silent, exclude_actor_ids, payload_version,
       secrets, filters_from, created_by_principal_id)
     values ('x', '${URL_OF_TARGET}', $1, $2, $3, $4, $5, $6, $7, '2026-11-01', 'x', 0, $1) returning id`,
    [
      idToUuid(owner),
      filter.types,
      filter.audience,
      uuids(filter.inboxIds),
      uuids(filter.teamIds),
      filter.includeSilent,
      uuids(filter.excludeActorIds),
    ],
  );
  await query(`insert into delivery_health (target_id, sink) values ($1, 'webhook')`, [row?.id]);
  return uuidToId('whk', row?.id ?? '');
}

/** Each person holds exactly these grants, by a role of one permission each. */
async function grantAnew(
  people: readonly Id<'prin'>[],
  grants: readonly (readonly { key: string; place: Id | null }[])[],
): Promise<void> {
  await query(`delete from principal_role_assignments`);
  for (const key of VIEWS) {
    const roleKey = `only-${key.replace('.', '-').replace('_', '-')}`;
    await query(`insert into roles (key, name) select $1, $1 where not exists (select from roles where key = $1)`, [
      roleKey,
    ]);
    await query(
      `insert into role_permissions (role_id, permission_key) select id, $2 from roles where key = $1 on conflict do nothing`,
      [roleKey, key],
    );
  }
  for (const [at, own] of grants.entries()) {
    for (const { key, place } of own) {
      const kind = place === null ? 'workspace' : place.startsWith('inbox') ? 'inbox' : 'team';
      await query(
        `insert into principal_role_assignments (principal_id, role_id, scope_kind, team_id, inbox_id)
         values ($1, (select id from roles where key = $2), $3, $4, $5) on conflict do nothing`,
        [
          idToUuid(people[at] as Id<'prin'>),
          `only-${key.replace('.', '-').replace('_', '-')}`,
          kind,
          kind === 'team' ? idToUuid(place as Id) : null,
          kind === 'inbox' ? idToUuid(place as Id) : null,
        ],
      );
    }
  }
}
