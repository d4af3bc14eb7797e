import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { openPeopleDesk, type PeopleDesk } from '#tests/support/people.ts';

let desk: PeopleDesk;
beforeAll(async () => {
  desk = await openPeopleDesk();
});
afterAll(() => desk.close());

test('the words of a macro are the first response where a person applies it, once', async () => {
  const { world, db } = desk;
  const { id: requesterContactId } = await world.contact('Ada Park');
  const { id } = await world.ticket({ requesterContactId, primaryTeamId: world.teams.support });
  const token = await desk.tokenOf(world.owner);
  const made = await desk.call('POST', '/macros', {
    token,
    body: { name: 'Greet', message: { body: 'Hello {{requester.first_name}}, {{agent.name}} here.' } },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const apply = () => desk.call('POST', `/tickets/${id}/macros/${made.body.id}`, { token, body: {} });
  expect(await apply()).toMatchObject({ status: 200, trips: 2 });
  const said = await db.query(
    'select author_kind, author_principal_id, counts_as_response, body from ticket_messages where ticket_id = $1 order by seq desc limit 1',
    [idToUuid(id)],
  );
  expect(said).toEqual([
    {
      author_kind: 'agent',
      author_principal_id: idToUuid(world.owner.id),
      counts_as_response: true,
      body: `Hello Ada, ${world.owner.name} here.`,
    },
  ]);
  const [ticket] = await db.query('select first_response_at, customer_waiting_since from tickets where id = $1', [
    idToUuid(id),
  ]);
  expect(ticket?.first_response_at).toBeInstanceOf(Date);
  expect(ticket?.customer_waiting_since).toBeNull();
  expect((await apply()).status).toBe(200);
  const responses = await db.query("select from events where entity_id = $1 and type = 'ticket.first_response'", [
    idToUuid(id),
  ]);
  expect(responses).toHaveLength(1);
});

test('whoever speaks and whoever is given the ticket follow it in one commit, no more than 500 in all', async () => {
  const { world, db } = desk;
  const token = await desk.tokenOf(world.owner);
  const actions = [{ type: 'assign', assigneePrincipalId: world.agent.id }];
  const body = { name: 'Yours', message: { body: 'My colleague goes on.' }, actions };
  const made = await desk.call('POST', '/macros', { token, body });
  for (const free of [1, 2]) {
    const { id } = await world.ticket({ primaryTeamId: world.teams.support });
    await db.query(
      `with made as (insert into contacts (name, sort_name) select 'F', 'f' from generate_series(1, $2::int) returning id)
       insert into ticket_subscriptions (ticket_id, contact_id, source) select $1, id, 'auto_participant' from made`,
      [idToUuid(id), 500 - free],
    );
    const applied = await desk.call('POST', `/tickets/${id}/macros/${made.body.id}`, { token, body: {} });
    expect(applied.status, JSON.stringify(applied.body)).toBe(200);
    const followers = await db.query('select from ticket_subscriptions where ticket_id = $1', [idToUuid(id)]);
    expect(followers).toHaveLength(500);
  }
});

test('a person speaks as themselves, at no door as a colleague or a customer', async () => {
  const { world, db } = desk;
  const { id: contactId } = await world.contact('Ada Park');
  const { id } = await world.ticket({ requesterContactId: contactId });
  const token = await desk.tokenOf(world.owner);
  const before = await db.query('select count(*)::int as n from ticket_messages');
  for (const as of [{ principalId: world.agent.id }, { contactId }]) {
    const requester = { contactId };
    const said = [
      await desk.call('POST', `/tickets/${id}/messages`, { token, body: { body: 'I resign.', as } }),
      await desk.call('POST', `/tickets/${id}/messages`, { token, body: { body: 'Psst', audience: 'internal', as } }),
      await desk.call('POST', '/tickets', { token, body: { subject: 'Words', body: 'Mine', requester, as } }),
    ];
    if ('principalId' in as)
      said.push(
        await desk.call('POST', `/tickets/${id}/transition`, {
          token,
          body: { category: 'pending', message: { body: 'Wait.', as } },
        }),
      );
    for (const { status, body } of said) expect([status, body.reason]).toEqual([422, 'author_not_on_ticket']);
  }
  expect(await db.query('select count(*)::int as n from ticket_messages')).toEqual(before);
});
