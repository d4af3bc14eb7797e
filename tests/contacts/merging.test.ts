import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { type AccessDesk, type Answered, openAccessDesk } from '#tests/support/access-desk.ts';
import { askCustomer, customer } from '#tests/support/ask-customer.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

let names = 0;
function fresh(): string {
  names += 1;
  return `m${names}`;
}
const make = async (body: object = {}) => (await desk.owner.post('/contacts', { name: `Bo ${fresh()}`, ...body })).body;
const company = async (...domains: string[]) =>
  (await desk.owner.post('/organizations', { name: `Customer ${fresh()}`, domains })).body;
const read = async (id: string) => (await desk.owner.get(`/contacts/${id}`)).body;
const refused = ({ status, body }: Answered) => [status, body.reason];
const count = async (sql: string, ...params: unknown[]) =>
  Number((await desk.db.query<{ n: string }>(`select count(*) as n from ${sql}`, params))[0]?.n);
const askedBy = (id: Id<'contact'>) => desk.world.ticket({ requesterContactId: id });
const runJobs = async () => {
  for (let left = true; left; ) {
    const jobs = await desk.db.query<{ id: Id<'bulk'> }>(
      "select public.to_typeid('bulk', id) as id from bulk_jobs where state in ('queued', 'running')",
    );
    for (const { id } of jobs) await runBulkJob(testKernel(desk.db.url), id);
    left = jobs.length > 0;
  }
};
const put = (sql: string, ...params: unknown[]) => desk.db.query(sql, params);

describe('two contacts that are one person', () => {
  test('become one: own values win, empty ones are filled, and all that named the loser names the winner', async () => {
    const { userId, email } = await desk.world.member();
    const winner = await make({ name: 'Bo Lind', emails: [{ email: 'bo@one.example' }] });
    const loser = await make({
      name: 'B. Lind',
      phone: '+46 8 123 456',
      externalId: 'crm-1',
      emails: [{ email: 'bo@two.example' }, { email }],
    });
    const [asked, watched, both] = [await askedBy(loser.id), await desk.world.ticket(), await desk.world.ticket()];
    const part = (ticketId: Id<'tkt'>, contactId: Id<'contact'>, role: string) =>
      put(
        "insert into ticket_participants (ticket_id, contact_id, role, actor_kind) values ($1, $2, $3, 'system')",
        idToUuid(ticketId),
        idToUuid(contactId),
        role,
      );
    await part(watched.id, loser.id, 'cc');
    await part(both.id, loser.id, 'collaborator');
    await part(both.id, winner.id, 'watcher');
    await part(asked.id, winner.id, 'cc');
    for (const id of [winner.id, loser.id])
      await put(
        "insert into ticket_subscriptions (ticket_id, contact_id, source) values ($1, $2, 'manual')",
        idToUuid(both.id),
        idToUuid(id),
      );
    await put(
      'insert into ticket_ratings (ticket_id, cycle, contact_id, expires_at) values ($1, 0, $2, now())',
      idToUuid(asked.id),
      idToUuid(loser.id),
    );
    await desk.told();

    const merged = await desk.owner.post(`/contacts/${winner.id}/merge`, { loserId: loser.id });
    expect(merged.trips).toBe(2);
    expect(merged.body).toMatchObject({
      name: 'Bo Lind',
      phone: '+46 8 123 456',
      externalId: 'crm-1',
      emails: [
        { email: 'bo@one.example', isPrimary: true },
        { email: 'bo@two.example', active: true },
        { email, active: true },
      ],
    });
    expect(await read(winner.id)).toEqual(merged.body);
    const types = (await desk.told()).events.map(({ type }) => type);
    expect(types).toEqual(['ticket.updated', 'contact.updated', 'contact.merged']);
    expect((await desk.owner.get(`/tickets/${asked.id}`)).body.requester.contactId).toBe(winner.id);
    const parts = await put(
      'select ticket_id, role from ticket_participants where contact_id = $1 order by role',
      idToUuid(winner.id),
    );
    expect(parts).toEqual([
      { ticket_id: idToUuid(watched.id), role: 'cc' },
      { ticket_id: idToUuid(both.id), role: 'collaborator' },
    ]);
    expect(await count('ticket_subscriptions where contact_id = $1', idToUuid(winner.id))).toBe(1);
    expect(await count('ticket_ratings where contact_id = $1', idToUuid(winner.id))).toBe(1);
    expect((await desk.owner.get(`/contacts/${winner.id}/links`)).body.data).toMatchObject([{ userId }]);
    for (const table of [
      'ticket_participants',
      'ticket_subscriptions',
      'ticket_ratings',
      'contact_emails',
      'contact_user_links',
    ])
      expect(await count(`${table} where contact_id = $1`, idToUuid(loser.id)), table).toBe(0);
    expect(
      await put('select type, cause, version from ticket_activity where ticket_id = $1', idToUuid(asked.id)),
    ).toEqual([{ type: 'updated', cause: 'merge', version: 2 }]);
  });

  test('the loser leads to the winner, is found by its external id, and takes no change', async () => {
    const [a, b, c] = [await make({ externalId: 'own-a' }), await make({ externalId: 'own-b' }), await make()];
    await desk.owner.post(`/contacts/${a.id}/merge`, { loserId: b.id });
    await desk.owner.post(`/contacts/${c.id}/merge`, { loserId: a.id });
    for (const id of [a.id, b.id]) {
      const response = await desk.worker.fetch(`/api/v1/contacts/${id}`, {
        headers: { authorization: `Bearer ${desk.owner.token}` },
        redirect: 'manual',
      });
      expect([response.status, response.headers.get('location')]).toEqual([301, `/api/v1/contacts/${c.id}`]);
    }
    expect((await desk.owner.get('/contacts?externalId=own-b')).body.data).toMatchObject([{ id: c.id }]);
    const write = await desk.owner.patch(`/contacts/${b.id}`, { name: 'X' });
    expect([...refused(write), write.body.into]).toEqual([409, 'merged', c.id]);
    const upserted = await desk.owner.post('/contacts/upsert', {
      identifier: { externalId: 'own-b' },
      onUpdate: { title: 'Found' },
    });
    expect([upserted.status, upserted.body.id, upserted.body.title]).toEqual([200, c.id, 'Found']);
  });

  test('a second time changes nothing; with itself or what is gone it is refused', async () => {
    const [a, b, c] = [await make(), await make(), await make()];
    const first = await desk.owner.post(`/contacts/${a.id}/merge`, { loserId: b.id });
    expect((await desk.owner.post(`/contacts/${a.id}/merge`, { loserId: b.id })).body).toEqual(first.body);
    expect(refused(await desk.owner.post(`/contacts/${a.id}/merge`, { loserId: a.id }))).toEqual([
      422,
      'merge_invalid',
    ]);
    expect(refused(await desk.owner.post(`/contacts/${c.id}/merge`, { loserId: b.id }))).toEqual([409, 'merged']);
    const both = await Promise.all([
      desk.owner.post(`/contacts/${a.id}/merge`, { loserId: c.id }),
      desk.owner.post(`/contacts/${c.id}/merge`, { loserId: a.id }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  test('are named as duplicates, with what speaks for it', async () => {
    const org = await company();
    const ada = await make({
      name: 'Åda Nguyen',
      phone: '(020) 7946-0000',
      organizationId: org.id,
      emails: [{ email: 'ada.n+desk@x.example' }],
    });
    const twin = await make({ name: 'Somebody Else', emails: [{ email: 'ada.n@x.example' }] });
    const namesake = await make({
      name: 'ada  nguyen'.replace('  ', ' '),
      phone: '02079460000',
      organizationId: org.id,
    });
    await make({ name: 'Ada Nguyen' });
    const { data } = (await desk.owner.get(`/contacts/${ada.id}/duplicates`)).body;
    expect(
      data.map(({ contact, reasons }: { contact: { id: string }; reasons: string[] }) => [contact.id, reasons]),
    ).toEqual([
      [namesake.id, ['name_and_organization', 'phone']],
      [twin.id, ['plus_tag']],
    ]);
    expect((await desk.owner.get(`/contacts/${twin.id}/duplicates`)).body.data).toMatchObject([
      { contact: { id: ada.id } },
    ]);
  });
});

describe('an organisation', () => {
  test('takes the tickets of a contact that moves to it along, as asked', async () => {
    const [old, next] = [await company(), await company()];
    const contact = await make({ organizationId: old.id });
    const open = await desk.world.ticket({ requesterContactId: contact.id, organizationId: old.id });
    const solved = await desk.world.ticket({
      requesterContactId: contact.id,
      organizationId: old.id,
      statusId: desk.world.statuses.solved,
      statusCategory: 'solved',
      solvedAt: new Date(),
    });
    const elsewhere = await desk.world.ticket({ requesterContactId: contact.id });
    const places = async () =>
      Promise.all(
        [open, solved, elsewhere].map(async ({ id }) => (await desk.owner.get(`/tickets/${id}`)).body.organizationId),
      );
    await desk.told();
    await desk.owner.patch(`/contacts/${contact.id}`, { organizationId: next.id });
    expect(await places()).toEqual([next.id, old.id, null]);
    const { events } = await desk.told();
    expect(events.map(({ type, entity_seq }) => [type, entity_seq])).toEqual([
      ['ticket.updated', '1'],
      ['contact.updated', '2'],
    ]);
    const [{ payload } = { payload: null }] = events;
    const ticket = (await desk.owner.get(`/tickets/${open.id}`)).body;
    expect(EVENTS['ticket.updated'].payload.parse(payload)).toMatchObject({
      ticket: { id: open.id, number: open.number, organizationId: next.id, version: ticket.version },
      changes: [{ field: 'organizationId', from: old.id, to: next.id }],
      cause: 'api',
    });
    await desk.owner.patch(`/contacts/${contact.id}`, { organizationId: old.id, moveTickets: 'none' });
    expect(await places()).toEqual([next.id, old.id, null]);
    await desk.owner.patch(`/contacts/${contact.id}`, { organizationId: next.id, moveTickets: 'all' });
    expect(await places()).toEqual([next.id, next.id, null]);
  });

  test('takes in those who have proved an address at a new domain, and nobody else', async () => {
    const org = await company();
    const people = {
      proved: await make({ emails: [{ email: 'p@late.example', verified: true }] }),
      below: await make({ emails: [{ email: 'p@eu.late.example', verified: true }] }),
      claimed: await make({ emails: [{ email: 'q@late.example' }] }),
      similar: await make({ emails: [{ email: 'q@not-late.example', verified: true }] }),
      elsewhere: await make({ emails: [{ email: 'q@deep.late.example', verified: true }] }),
      settled: await make({
        organizationId: (await company()).id,
        emails: [{ email: 'r@late.example', verified: true }],
      }),
    };
    await company('deep.late.example');
    await desk.owner.post(`/organizations/${org.id}/domains`, { domain: 'late.example', attachContacts: true });
    await desk.told();
    await runJobs();
    const inside = (await desk.owner.get(`/organizations/${org.id}/contacts`)).body.data;
    expect(inside.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      [people.proved.id, people.below.id].toSorted(),
    );
    expect((await desk.told()).events.map(({ type }) => type)).toEqual(['contact.updated', 'contact.updated']);
    expect((await read(people.proved.id)).organizationSource).toBe('domain');
  });

  test('that was another one too has its people, tickets and domains', async () => {
    const [winner, loser] = [await company('win.example'), await company('lose.example')];
    const person = await make({ organizationId: loser.id });
    const ticket = await desk.world.ticket({ organizationId: loser.id });
    await put('update organizations set share_new_tickets = true where id = $1', idToUuid(winner.id));
    const [ada, bob] = [
      await customer(desk.world, { organizationId: loser.id }),
      await customer(desk.world, { organizationId: loser.id }),
    ];
    await put("update tickets set visibility = 'org' where id = $1", idToUuid(ticket.id));
    const merged = await desk.owner.post(`/organizations/${winner.id}/merge`, { loserId: loser.id });
    // People are the winner's from then on, before the job has come to them.
    await askCustomer(desk.db.url, bob.session, getPortalTicket, { ticketId: ticket.id });
    const asked = await desk.owner.post('/tickets', { subject: 'Hello', requester: { contactId: ada.contactId } });
    expect(asked.body).toMatchObject({ organizationId: winner.id, visibility: 'org' });
    expect(merged.body.domains).toMatchObject([
      { domain: 'win.example', isPrimary: true },
      { domain: 'lose.example', isPrimary: false, active: true },
    ]);
    await runJobs();
    expect((await read(person.id)).organizationId).toBe(winner.id);
    expect((await desk.owner.get(`/tickets/${ticket.id}`)).body.organizationId).toBe(winner.id);
  });

  test('that is merged while jobs bring people and tickets to it sends them to the winner', async () => {
    const [first, second, last] = [await company(), await company(), await company()];
    const { id } = await desk.world.ticket({ organizationId: first.id });
    await put(
      `insert into tickets (number, subject, status_id, status_category, organization_id, last_activity_at, last_public_at)
       select nextval('ticket_number_seq'), subject, status_id, status_category, organization_id, last_activity_at, last_public_at
       from tickets, generate_series(1, 1100) where id = $1`,
      idToUuid(id),
    );
    const person = await make({ organizationId: first.id });
    const newcomer = await make({ emails: [{ email: 'p@moving.example', verified: true }] });
    await desk.owner.post(`/organizations/${second.id}/domains`, { domain: 'moving.example', attachContacts: true });
    await desk.owner.post(`/organizations/${second.id}/merge`, { loserId: first.id });
    await desk.owner.post(`/organizations/${last.id}/merge`, { loserId: second.id });
    await runJobs();
    expect(await count('tickets where organization_id = $1', idToUuid(last.id))).toBe(1101);
    for (const { id: contactId } of [person, newcomer]) expect((await read(contactId)).organizationId).toBe(last.id);
  });
});
