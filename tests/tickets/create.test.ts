import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashId, type Id, idToUuid } from '#schema/ids.ts';
import { contactUserLinks, organizationDomains, organizations } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const open = (body: object = {}) => desk.owner.post('/tickets', { subject: 'Hello', ...body });

async function organization(name: string, shareNewTickets = false): Promise<Id<'org'>> {
  const id = desk.world.newId('org');
  await desk.world.put(
    qb.insert(organizations).values({ id, name, shareNewTickets, sortName: name, searchText: name }),
  );
  return id;
}

async function login(contactId: Id<'contact'>): Promise<Id<'prin'>> {
  const member = await desk.world.member();
  await desk.db.query('update principal set member_state = null, member_since = null where id = $1', [
    idToUuid(member.id),
  ]);
  await desk.world.put(
    qb.insert(contactUserLinks).values({
      id: hashId('culink', [contactId]),
      contactId,
      userId: member.userId,
      source: 'manual',
      actorKind: 'system',
      linkedAt: new Date(),
    }),
  );
  return member.id;
}

describe('the requester', () => {
  test('is shown with an address to those who see contacts, in every answer, and to nobody else', async () => {
    const [first, second] = [await desk.world.contact('Ada Park'), await desk.world.contact('Bo Lind')];
    const { body } = await open({ requester: { contactId: first.id } });
    const patched = await desk.owner.patch(`/tickets/${body.id}`, { requester: { contactId: second.id } });
    expect(patched.body.requester.email).toBe(second.email);
    const stale = await desk.owner.patch(`/tickets/${body.id}`, { subject: 'Late' }, { 'if-match': '"1"' });
    expect([stale.status, stale.body.current.requester.email]).toEqual([412, second.email]);
    const { caller: blind } = await desk.holder(['ticket.view_all']);
    const { caller: seeing } = await desk.holder(['ticket.view_all', 'org.view']);
    for (const [caller, email] of [
      [blind, null],
      [seeing, second.email],
      [desk.owner, second.email],
    ] as const) {
      expect((await caller.get(`/tickets/${body.id}`)).body.requester.email).toBe(email);
      expect((await caller.get(`/tickets?q=${body.number}`)).body.data[0].requester.email).toBe(email);
    }
  });

  test('is a contact with its login, a login with its contact, or a login alone', async () => {
    const contact = await desk.world.contact('Ada Park');
    const principalId = await login(contact.id);
    for (const requester of [{ contactId: contact.id }, { principalId }, { email: contact.email.toUpperCase() }])
      expect((await open({ requester })).body.requester).toEqual({
        contactId: contact.id,
        principalId,
        name: 'Ada Park',
        email: contact.email,
        assurance: 'verified',
      });
    const alone = await desk.world.member();
    const { body } = await open({ requester: { principalId: alone.id }, body: 'Hello' });
    expect(body.requester).toMatchObject({
      contactId: null,
      principalId: alone.id,
      name: alone.name,
      // The address of a colleague is for who administrates people.
      email: null,
    });
    expect((await desk.owner.get(`/tickets/${body.id}`)).body.requester.email).toBeNull();
    expect(body.waitingSince).toBe(body.createdAt);
    expect((await desk.owner.get(`/tickets/${body.id}/messages`)).body.data[0].audience).toBe('public');
    expect((await open({ requester: { principalId: desk.world.newId('prin') } })).body.reason).toBe(
      'unknown_reference',
    );
  });

  test('who is written to first waits for nobody, and their answer begins a turn', async () => {
    const contact = await desk.world.contact();
    const made = await open({ requester: { contactId: contact.id }, body: 'We found a problem', outbound: true });
    expect([made.body.waitingSince, made.body.firstResponseAt]).toEqual([null, made.body.createdAt]);
    await desk.told();
    const reply = await desk.owner.post(`/tickets/${made.body.id}/messages`, {
      body: 'Oh',
      as: { contactId: contact.id },
    });
    expect(reply.body.ticket.waitingSince).toBe(reply.body.message.createdAt);
    const answer = await desk.owner.post(`/tickets/${made.body.id}/messages`, {
      body: 'Fixed',
      as: { principalId: desk.world.agent.id },
    });
    expect([answer.status, answer.body.reason]).toEqual([201, undefined]);
    expect((await desk.told()).events.map(({ type }) => type)).not.toContain('ticket.first_response');
    for (const body of [
      { outbound: true, body: 'x' },
      { outbound: true, requester: { contactId: contact.id } },
    ])
      expect((await open(body)).status).toBe(400);
  });
});

describe('the organisation', () => {
  test('is what is given, else the contact’s, else the longest domain of a proved address', async () => {
    const [own, given, apex, deep] = [
      await organization('Own'),
      await organization('Given'),
      await organization('Apex'),
      await organization('Deep'),
    ];
    await desk.world.put(
      qb.insert(organizationDomains).values(
        [
          { organizationId: apex, domain: 'acme.example' },
          { organizationId: deep, domain: 'eu.acme.example' },
        ].map((row) => ({ id: desk.world.newId('odom'), ...row })),
      ),
    );
    const contact = await desk.world.contact();
    const of = async (body: object = {}) =>
      (await open({ requester: { contactId: contact.id }, ...body })).body.organizationId;
    const move = (email: string) =>
      desk.db.query('update contact_emails set email = $2 where contact_id = $1', [idToUuid(contact.id), email]);
    await move('a@mail.eu.acme.example');
    expect(await of()).toBe(deep);
    await move('a@us.acme.example');
    expect(await of()).toBe(apex);
    await move('a@notacme.example');
    expect(await of()).toBeNull();
    await move('a@acme.example');
    await desk.db.query('update contact_emails set verified_at = null where contact_id = $1', [idToUuid(contact.id)]);
    expect(await of()).toBeNull();
    await desk.db.query("update contacts set organization_id = $2, organization_source = 'manual' where id = $1", [
      idToUuid(contact.id),
      idToUuid(own),
    ]);
    expect([await of(), await of({ organizationId: given })]).toEqual([own, given]);
  });

  test('that shares its tickets makes them visible to it, unless said otherwise', async () => {
    const organizationId = await organization('Sharing', true);
    const visibility = async (body: object) => (await open({ organizationId, ...body })).body.visibility;
    expect([await visibility({}), await visibility({ visibility: 'private' })]).toEqual(['org', 'private']);
  });

  test('is moved and cleared by an edit; one that is archived, absent or out of sight is refused alike', async () => {
    const [organizationId, archived] = [await organization('One'), await organization('Old')];
    await desk.db.query('update organizations set archived_at = now() where id = $1', [idToUuid(archived)]);
    const path = `/tickets/${(await open()).body.id}`;
    expect((await desk.owner.patch(path, { organizationId })).body).toMatchObject({ organizationId, version: 2 });
    expect((await desk.owner.patch(path, { subject: 'Still' })).body.organizationId).toBe(organizationId);
    for (const id of [archived, desk.world.newId('org')])
      expect((await desk.owner.patch(path, { organizationId: id })).body.reason).toBe('unknown_reference');
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.edit_fields']);
    expect((await caller.patch(path, { organizationId })).body.reason).toBe('unknown_reference');
    expect((await desk.owner.patch(path, { organizationId: null })).body).toMatchObject({
      organizationId: null,
      version: 4,
    });
  });
});

describe('a hand-over', () => {
  test('from one to another emits one assigned and no unassigned, a team-only change one event; absent keeps, null clears', async () => {
    const { world } = desk;
    const [first, second] = [await world.member({ role: 'agent', teams: [world.teams.support] }), world.agent];
    const path = `/tickets/${(await open({ inboxId: world.inboxes.help, assigneePrincipalId: first.id })).body.id}`;
    await desk.told();
    const assign = async (body: object) => {
      const { body: ticket } = await desk.owner.post(`${path}/assign`, body);
      const types = (await desk.told()).events.map(({ type }) => type);
      return [ticket.assignee?.principalId ?? null, ticket.assigneeTeamId, types];
    };
    expect(await assign({ assigneePrincipalId: second.id })).toEqual([second.id, null, ['ticket.assigned']]);
    expect(await assign({ assigneeTeamId: world.teams.support })).toEqual([
      second.id,
      world.teams.support,
      ['ticket.assigned'],
    ]);
    expect(await assign({ assigneePrincipalId: null })).toEqual([null, world.teams.support, ['ticket.assigned']]);
    expect(await assign({ assigneeTeamId: null })).toEqual([null, null, ['ticket.unassigned']]);
    expect(await assign({ assigneeTeamId: null })).toEqual([null, null, []]);
  });
});

test('a ticket is opened for an assignee team by whoever might give it to that team afterwards, and by nobody else', async () => {
  const { support, billing } = desk.world.teams;
  const filing = ['ticket.view_all', 'ticket.create'] as const;
  const who = {
    assigns: (await desk.holder([...filing, 'ticket.assign_any'])).caller,
    takes: (await desk.holder([...filing, 'ticket.assign_self'])).caller,
    // What is filed elsewhere is seen as one's own creation, which places nothing.
    filesElsewhere: (await desk.holder(['ticket.view_team', 'ticket.create', 'ticket.assign_any'])).caller,
  };
  const outcomes = async (caller: typeof who.takes) => {
    const make = (body: object) => caller.post('/tickets', { subject: 'Hello', primaryTeamId: support, ...body });
    const [at, { body: made }] = [await make({ assigneeTeamId: billing }), await make({})];
    const after = await caller.post(`/tickets/${made.id}/assign`, { assigneeTeamId: billing });
    return [at, after].map(({ status, body }) => [status, body.reason ?? body.assigneeTeamId]);
  };
  const before = await desk.db.query('select id from tickets where assignee_team_id = $1', [idToUuid(billing)]);
  expect(await outcomes(who.takes)).toEqual(Array(2).fill([403, 'missing_permission']));
  expect(await outcomes(who.filesElsewhere)).toEqual(Array(2).fill([403, 'owning_side']));
  expect(await desk.db.query('select id from tickets where assignee_team_id = $1', [idToUuid(billing)])).toEqual(
    before,
  );
  expect(await outcomes(who.assigns)).toEqual([
    [201, billing],
    [200, billing],
  ]);
});

test('a creation is one event and one commit, whatever comes along: within fourteen statements beside authority and key', async () => {
  const { world } = desk;
  const contact = await world.contact();
  const cc = await world.contact();
  const commits: number[] = [];
  desk.worker.proxy.setHook(({ queries }) => {
    if (queries[0]?.includes('require_rows')) commits.push(queries.length);
    return 'pass';
  });
  const made = await open({
    requester: { contactId: contact.id },
    body: 'Hello',
    tags: ['one', 'two'],
    participants: [
      { contactId: cc.id, role: 'cc' },
      { principalId: world.agent.id, role: 'watcher' },
    ],
    assigneePrincipalId: world.agent.id,
    inboxId: world.inboxes.help,
  });
  desk.worker.proxy.setHook(undefined);
  expect([made.status, made.trips, commits.length]).toEqual([201, 2, 1]);
  expect(commits[0]).toBeLessThanOrEqual(14);
  const events = await desk.db.query('select type from events where entity_id = $1', [idToUuid(made.body.id)]);
  expect(events).toEqual([{ type: 'ticket.created' }]);
});

test('who is merged or archived at that moment is no longer named: the winner is, or the reference is refused', async () => {
  const { owner, world } = desk;
  const pair = async () => [await world.contact('Winner'), await world.contact('Loser')] as const;
  const mergeOf = (winner: { id: string }, loser: { id: string }) => () =>
    owner.post(`/contacts/${winner.id}/merge`, { loserId: loser.id });
  for (const named of ['contactId', 'email'] as const) {
    const [winner, loser] = await pair();
    const requester = named === 'email' ? { email: loser.email } : { contactId: loser.id };
    const made = await desk.overtaken(() => open({ requester }), mergeOf(winner, loser));
    expect(made.body.requester.contactId).toBe(winner.id);
  }
  const path = `/tickets/${(await world.ticket()).id}`;
  const [winner, loser] = await pair();
  const patched = await desk.overtaken(
    () => owner.patch(path, { requester: { contactId: loser.id } }),
    mergeOf(winner, loser),
  );
  expect(patched.body.requester.contactId).toBe(winner.id);
  const [other, gone] = await pair();
  const seated = await desk.overtaken(
    () => owner.put(`${path}/participants`, { contactId: gone.id, role: 'cc' }),
    mergeOf(other, gone),
  );
  expect(seated.body.reason).toBe('unknown_reference');
  for (const ask of [
    (organizationId: string) => open({ organizationId }),
    (organizationId: string) => owner.patch(path, { organizationId }),
  ]) {
    const { id } = (await owner.post('/organizations', { name: 'Short-lived' })).body;
    const asked = await desk.overtaken(
      () => ask(id),
      () => owner.post(`/organizations/${id}/archive`),
    );
    expect(asked.body.reason).toBe('unknown_reference');
  }
});

test('who is still in an organisation that was merged asks for its winner, archived or not', async () => {
  const made = async (path: string, body: object) => (await desk.owner.post(`/${path}`, body)).body;
  const [winner, lost] = [await made('organizations', { name: 'W' }), await made('organizations', { name: 'L' })];
  const { id: contactId } = await made('contacts', { name: 'Left behind', organizationId: lost.id });
  await desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: lost.id });
  await desk.owner.post(`/organizations/${winner.id}/archive`);
  expect((await open({ requester: { contactId } })).body.organizationId).toBe(winner.id);
});
