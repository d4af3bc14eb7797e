import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
let ada: Caller;
let bob: Caller;
let people: Record<'ada' | 'bob', Id<'prin'>>;

beforeAll(async () => {
  desk = await openAccessDesk();
  const [first, second] = [await desk.world.member({ role: 'owner' }), await desk.world.member({ role: 'owner' })];
  people = { ada: first.id, bob: second.id };
  [ada, bob] = [await desk.keyOf(first), await desk.keyOf(second)];
});
afterAll(() => desk.close());

const tag = (version: number) => ({ 'if-match': `"${version}"` });
const soon = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

async function newTicket(): Promise<string> {
  return `/tickets/${(await desk.world.ticket()).id}`;
}

async function customerOf(path: string): Promise<{ contactId: string }> {
  return { contactId: (await ada.get(path)).body.requester.contactId };
}

const recordOf = (path: string) =>
  desk.db.query<{ type: string; version: number | null; fields: string[] }>(
    `select type, version, array(select each->>'field' from jsonb_array_elements(data->'changes') each) as fields
     from ticket_activity where ticket_id = $1 order by revision, id`,
    [idToUuid(path.slice('/tickets/'.length) as Id)],
  );

/** Everything that a refusal or a no-op must leave as it was. */
const traces = (path: string) =>
  desk.db.query(
    `select t.*, (select count(*) from ticket_activity where ticket_id = t.id) as activity,
       (select count(*) from events where entity_id = t.id) as events, (select count(*) from audit_events where target_id = t.id) as audit,
       (select count(*) from ticket_messages where ticket_id = t.id) as messages
     from tickets t where id = $1`,
    [idToUuid(path.slice('/tickets/'.length) as Id)],
  );

describe('an edit', () => {
  test('of a ticket just created goes by the ETag that its creation returned', async () => {
    const made = await ada.post('/tickets', { subject: 'New', body: 'Hello' });
    const edit = { 'if-match': made.headers.get('etag') ?? '' };
    expect((await ada.patch(`/tickets/${made.body.id}`, { priority: 'high' }, edit)).status).toBe(200);
  });

  test('is not made stale by replies, notes, a status moved by a reply', async () => {
    const path = await newTicket();
    await ada.post(`${path}/transition`, { category: 'solved' });
    await ada.post(`${path}/messages`, { body: 'A note', audience: 'internal' });
    await ada.post(`${path}/messages`, { body: 'An answer', as: { principalId: people.ada } });
    await ada.post(`${path}/messages`, { body: 'Still broken', as: await customerOf(path) });
    const edited = await ada.patch(path, { priority: 'high' }, tag(2));
    expect(edited).toMatchObject({ status: 200, body: { version: 3, status: { category: 'open' } } });
  });

  test('of two at once with one If-Match wins once, and the version moves by one', async () => {
    const path = await newTicket();
    const answers = await Promise.all([
      ada.patch(path, { priority: 'high' }, tag(1)),
      bob.patch(path, { priority: 'urgent' }, tag(1)),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await ada.get(path)).body.version).toBe(2);
  });

  test('of two fields at once without it keeps both, and both stand in the activity', async () => {
    const path = await newTicket();
    await Promise.all([ada.patch(path, { priority: 'high' }), bob.patch(path, { subject: 'Another' })]);
    expect((await ada.get(path)).body).toMatchObject({ priority: 'high', subject: 'Another', version: 3 });
    const fields = (await recordOf(path)).flatMap((entry) => entry.fields);
    expect(fields.sort()).toEqual(['priority', 'subject']);
  });

  test('that is stale names field, person and time; disjoint ones merge where that is asked for', async () => {
    const path = await newTicket();
    await bob.patch(path, { priority: 'high' });
    await bob.patch(path, { priority: 'urgent' });
    const refused = await ada.patch(path, { subject: 'Another' }, tag(1));
    expect(refused).toMatchObject({ status: 412, body: { current: { version: 3 } } });
    const stored = await desk.db.query<{ at: Date }>(
      'select max(created_at) as at from ticket_activity where ticket_id = $1',
      [idToUuid(path.slice(9) as Id)],
    );
    expect(refused.body.changedSince).toEqual([
      {
        field: 'priority',
        by: { kind: 'api_key', id: expect.stringMatching(/^prin_/), name: 'Test key' },
        at: new Date(stored[0]?.at ?? 0).toISOString(),
      },
    ]);
    const merged = await ada.patch(`${path}?conflict=merge`, { subject: 'Another' }, tag(1));
    expect(merged).toMatchObject({
      status: 200,
      trips: 2,
      body: { subject: 'Another', priority: 'urgent', version: 4 },
    });
    const overlapping = await ada.patch(`${path}?conflict=merge`, { priority: 'low', subject: 'Third' }, tag(2));
    expect(overlapping.status).toBe(412);
    expect(overlapping.body.changedSince.map(({ field }: { field: string }) => field)).toEqual(['priority', 'subject']);
    expect((await ada.patch(`${path}?conflict=merge`, { priority: 'low' }, tag(9))).status).toBe(412);
    expect((await ada.patch(path, { priority: 'low' }, tag(4))).body.version).toBe(5);
  });

  test('merged into a stale form meets an edit that commits meanwhile: a disjoint one stays, an overlapping one refuses it', async () => {
    const path = await newTicket();
    await bob.patch(path, { priority: 'high' });
    const merge = (changes: object) => () => ada.patch(`${path}?conflict=merge`, changes, tag(1));
    const kept = await desk.overtaken(merge({ subject: 'Mine' }), () => bob.patch(path, { visibility: 'private' }));
    expect(kept).toMatchObject({
      status: 200,
      body: { subject: 'Mine', priority: 'high', visibility: 'private', version: 4 },
    });
    const crossed = await desk.overtaken(
      () => ada.patch(`${path}?conflict=merge`, { subject: 'Mine too' }, tag(4)),
      () => bob.patch(path, { subject: 'Theirs' }),
    );
    expect(crossed).toMatchObject({ status: 412, body: { current: { subject: 'Theirs', version: 5 } } });
    expect(crossed.body.changedSince).toEqual([
      { field: 'subject', by: expect.objectContaining({ kind: 'api_key' }), at: expect.any(String) },
    ]);
    const fields = (await recordOf(path)).flatMap((entry) => entry.fields);
    expect(fields).toEqual(['priority', 'visibility', 'subject', 'subject']);
  });

  test('is noticed by its customer where it is the subject, and else not', async () => {
    const path = await newTicket();
    const noticed = async () =>
      (await desk.db.query('select last_public_at from tickets where id = $1', [idToUuid(path.slice(9) as Id)]))[0]
        ?.last_public_at;
    const before = await noticed();
    await ada.patch(path, { priority: 'low' });
    expect(await noticed()).toEqual(before);
    await ada.patch(path, { subject: 'Another' });
    expect(await noticed()).not.toEqual(before);
  });

  test('merged into a stale form overlaps by custom field and by person, not by the whole of either', async () => {
    for (const key of ['plan', 'region']) await ada.post('/ticket-fields', { key, label: key, type: 'text' });
    const path = await newTicket();
    const merge = (changes: object, version: number) => ada.patch(`${path}?conflict=merge`, changes, tag(version));
    const fields = ({ body }: { body: { changedSince: { field: string }[] } }) =>
      body.changedSince.map(({ field }) => field);
    expect((await ada.patch(path, { customFields: { plan: 'pro' } })).body.version).toBe(2);
    expect(await merge({ customFields: { region: 'eu' } }, 1)).toMatchObject({
      status: 200,
      body: { customFields: { plan: 'pro', region: 'eu' } },
    });
    const same = await merge({ customFields: { plan: 'free' } }, 1);
    expect([same.status, fields(same)]).toEqual([412, ['customFields.plan', 'customFields.region']]);
    const { id: contactId } = await desk.world.contact('Bob Stone');
    const { body } = await ada.patch(path, { requester: { contactId } });
    expect((await merge({ subject: 'Another' }, body.version - 1)).status).toBe(200);
    const other = await desk.world.contact('Cat Moor');
    const person = await merge({ requester: { contactId: other.id } }, body.version - 1);
    expect([person.status, fields(person)]).toEqual([412, ['requesterContactId', 'subject']]);
  });

  test('that is refused or changes nothing leaves no row and no instant', async () => {
    const path = await newTicket();
    const before = await traces(path);
    const answers = await Promise.all([
      ada.patch(path, { priority: 'normal' }),
      ada.patch(path, { priority: 'high' }, tag(7)),
      ada.post(`${path}/transition`, { category: 'open' }),
      ada.post(`${path}/transition`, { category: 'pending', wakeAt: soon(-1) }),
      ada.post(`${path}/transition`, { category: 'solved', wakeAt: soon(1) }),
      ada.post(`${path}/assign`, { assigneePrincipalId: null }),
      ada.post(`${path}/return`),
      ada.post(`${path}/messages`, { body: 'x', as: { contactId: (await desk.world.contact()).id } }),
    ]);
    expect(answers.map(({ status, body }) => body.reason ?? status)).toEqual([
      200,
      412,
      200,
      'wake_at_past',
      'out_of_range',
      200,
      200,
      'author_not_on_ticket',
    ]);
    expect(await traces(path)).toEqual(before);
  });
});

describe('a move', () => {
  test('is refused when the customer has written since: the ticket stays open', async () => {
    const path = await newTicket();
    const read = (await ada.get(path)).body.messageSeq;
    await bob.post(`${path}/messages`, { body: 'A note is no reply', audience: 'internal' });
    const as = await customerOf(path);
    const reply = () => bob.post(`${path}/messages`, { body: 'One more thing', as });
    const solve = () => ada.post(`${path}/transition`, { category: 'solved', expectMessageSeq: read });
    const crossed = await desk.overtaken(solve, reply);
    expect(crossed).toMatchObject({ status: 409, body: { reason: 'new_messages', messageSeq: 3 } });
    expect((await ada.get(path)).body.status.category).toBe('open');
    expect((await ada.post(`${path}/transition`, { category: 'solved', expectMessageSeq: 3 })).status).toBe(200);
  });

  test('says something in the same commit, or nothing happens', async () => {
    const path = await newTicket();
    const message = { body: 'Fixed in 4.2.', as: { principalId: people.ada } };
    const solved = await ada.post(`${path}/transition`, { category: 'solved', message });
    expect(solved).toMatchObject({
      status: 200,
      trips: 2,
      body: { status: { category: 'solved' }, version: 2, messageSeq: 2, waitingSince: null },
    });
    expect(solved.body.firstResponseAt).not.toBeNull();
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.change_status']);
    expect((await caller.post(`${path}/transition`, { category: 'open', message })).status).toBe(403);
    expect((await ada.get(path)).body).toMatchObject({ status: { category: 'solved' }, messageSeq: 2 });
  });

  test('to what waits may say until when; the next move forgets it', async () => {
    const path = await newTicket();
    const wakeAt = soon(3);
    const waits = await ada.post(`${path}/transition`, { category: 'on_hold', wakeAt });
    expect(waits).toMatchObject({ status: 200, body: { wakeAt, version: 2 } });
    const later = await ada.post(`${path}/transition`, { category: 'on_hold', wakeAt: soon(365) });
    expect(later.body.version).toBe(3);
    expect((await ada.post(`${path}/transition`, { category: 'on_hold', wakeAt: soon(367) })).body.reason).toBe(
      'out_of_range',
    );
    expect((await ada.post(`${path}/transition`, { category: 'pending' })).body.wakeAt).toBeNull();
    expect((await recordOf(path)).map(({ type, fields }) => `${type} ${fields}`)).toEqual([
      'status_changed statusId,wakeAt',
      'updated wakeAt',
      'status_changed statusId,wakeAt',
    ]);
    const again = (more: object) => ada.post(`${path}/transition`, { category: 'pending', ...more });
    expect((await again({ wakeAt })).body.wakeAt).toBe(wakeAt);
    expect((await again({ message: { body: 'A note', audience: 'internal' } })).body.wakeAt).toBeNull();
  });

  test('to solved is staff’s only with the fields that solving needs', async () => {
    await desk.db.query(
      "insert into ticket_fields (applies_to, key, type, label, required_on) values ('ticket', 'cause', 'text', 'Cause', 'solve')",
    );
    const path = await newTicket();
    const refused = await ada.post(`${path}/transition`, { category: 'solved' });
    expect(refused).toMatchObject({ status: 422, body: { reason: 'missing_fields', fields: ['cause'] } });
    await desk.db.query('update tickets set custom_fields = \'{"cause": "a bug"}\' where id = $1', [
      idToUuid(path.slice(9) as Id),
    ]);
    expect((await ada.post(`${path}/transition`, { category: 'solved' })).status).toBe(200);
    await desk.db.query('delete from ticket_fields');
  });
});

describe('taking', () => {
  test('by two at once: one has it, the other hears who; a second take of one’s own changes nothing', async () => {
    const path = await newTicket();
    const [first, second] = await Promise.all([ada.post(`${path}/take`), bob.post(`${path}/take`)]);
    const [won, lost] = first?.status === 200 ? [first, second] : [second, first];
    expect([won.status, lost.status, lost.body.reason]).toEqual([200, 409, 'already_assigned']);
    expect(lost.body.assignee).toEqual(won.body.assignee);
    const winner = won === first ? ada : bob;
    expect(await winner.post(`${path}/take`)).toMatchObject({ status: 200, trips: 1, body: { version: 2 } });
  });

  test('and returning: one’s own by everybody, another’s with the right to assign', async () => {
    const path = await newTicket();
    await ada.post(`${path}/take`);
    const { member, caller } = await desk.holder(['ticket.view_all', 'ticket.assign_self']);
    expect((await caller.post(`${path}/return`)).status).toBe(403);
    expect((await caller.post(`${path}/assign`, { assigneePrincipalId: member.id })).status).toBe(403);
    expect((await bob.post(`${path}/return`)).body.assignee).toBeNull();
    expect((await caller.post(`${path}/assign`, { assigneePrincipalId: member.id })).status).toBe(200);
    expect((await caller.post(`${path}/return`)).body.assignee).toBeNull();
  });

  test('is for members of the team that it is assigned to', async () => {
    const path = await newTicket();
    await ada.post(`${path}/assign`, { assigneeTeamId: desk.world.teams.billing });
    expect((await ada.post(`${path}/take`)).body.reason).toBe('assignee_not_in_team');
  });
});

test('from one person to another is one assignment and no unassignment; a team alone is one event', async () => {
  const path = await newTicket();
  await ada.post(`${path}/assign`, { assigneePrincipalId: people.ada });
  await desk.told();
  const types = async () => (await desk.told()).events.map(({ type }) => type);
  await ada.post(`${path}/assign`, { assigneePrincipalId: people.bob });
  expect(await types()).toEqual(['ticket.assigned']);
  await ada.post(`${path}/assign`, { assigneeTeamId: desk.world.teams.support });
  expect(await types()).toEqual(['ticket.assigned']);
  expect((await ada.get(path)).body.assignee).toBeNull();
  await ada.post(`${path}/assign`, { assigneeTeamId: null });
  expect(await types()).toEqual(['ticket.unassigned']);
});
