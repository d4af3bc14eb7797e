import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { purgeDeleted } from '#services/lifecycle/purge-deleted.ts';
import { wakeTickets } from '#services/lifecycle/wake-tickets.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
let ada: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  ada = await desk.keyOf(await desk.world.member({ role: 'owner' }));
});
afterAll(() => desk.close());

interface Asked {
  id: Id<'tkt'>;
  path: string;
  as: { contactId: Id<'contact'> };
}

async function asked(fields: Parameters<typeof desk.world.ticket>[0] = {}): Promise<Asked> {
  const contact = await desk.world.contact();
  const { id } = await desk.world.ticket({ requesterContactId: contact.id, ...fields });
  return { id, path: `/tickets/${id}`, as: { contactId: contact.id } };
}

const uuid = ({ id }: { id: Id }) => idToUuid(id);
const say = (ticket: Asked, body: string, more: Record<string, unknown> = {}) =>
  ada.post(`${ticket.path}/messages`, { body, ...more });
const merge = (target: Asked, sources: readonly Asked[], more: Record<string, unknown> = {}) =>
  ada.post(`${target.path}/merge`, { sourceIds: sources.map(({ id }) => id), ...more });
const thread = async ({ path }: Asked) =>
  (await ada.get(`${path}/messages`)).body.data.map(({ body }: { body: string }) => body);
const rowOf = async (ticket: Asked) =>
  (
    await desk.db.query(
      `select status_category, wake_at, solved_at, closed_at, first_solved_at, customer_waiting_since, merged_into_id, deleted_at
       from tickets where id = $1`,
      [uuid(ticket)],
    )
  )[0];
const purgeAt = (days: number) => purgeDeleted(testKernel(desk.db.url, new Date(Date.now() + days * 86_400_000)));

describe('a merge', () => {
  test('and its undoing bring both threads and statuses back as they were', async () => {
    const [target, source, earlier] = [await asked(), await asked(), await asked()];
    await say(source, 'Words of the source', { as: source.as });
    await merge(source, [earlier]);
    const wakeAt = new Date(Date.now() + 86_400_000).toISOString();
    await ada.post(`${source.path}/transition`, { category: 'on_hold', wakeAt });
    const before = { target: await thread(target), source: await thread(source), row: await rowOf(source) };
    const into = await rowOf(earlier);
    const merged = await merge(target, [source]);
    expect(merged).toMatchObject({ status: 200, trips: 2, body: { id: target.id, status: { category: 'open' } } });
    expect(await thread(target)).toHaveLength(before.target.length + before.source.length + 1);
    expect((await ada.get(source.path)).body.status.category).toBe('closed');
    expect(await rowOf(earlier)).toMatchObject({ merged_into_id: uuid(target) });
    expect((await ada.patch(source.path, { priority: 'low' })).body.reason).toBe('ticket_merged');
    const back = await ada.post(`${source.path}/unmerge`);
    expect(back).toMatchObject({ status: 200, trips: 2, body: { status: { category: 'on_hold' }, wakeAt } });
    expect([await thread(source), await rowOf(source), await rowOf(earlier)]).toEqual([
      before.source,
      before.row,
      into,
    ]);
    expect((await thread(target)).slice(0, before.target.length)).toEqual(before.target);
    expect(await ada.post(`${source.path}/unmerge`)).toMatchObject({ status: 200, trips: 1 });
  });

  test('unites tags and staff who follow, keeps the earliest waiting, and says so in the thread', async () => {
    const early = new Date(Date.now() - 3_600_000);
    const [target, source] = [await asked(), await asked({ customerWaitingSince: early })];
    const tag = (ticket: Asked, name: string) =>
      desk.db.query(
        `with tag as (insert into ticket_tags (name) values ($2) returning id) insert into ticket_tag_links select $1, id from tag`,
        [uuid(ticket), name],
      );
    await tag(target, 'billing');
    await tag(source, 'refund');
    await desk.db.query(
      "insert into ticket_subscriptions (ticket_id, principal_id, source) values ($1, $2, 'manual')",
      [uuid(source), idToUuid(desk.world.agent.id)],
    );
    await desk.told();
    const { body } = await merge(target, [source]);
    expect(body).toMatchObject({ waitingSince: early.toISOString(), version: 2, messageSeq: 2 });
    const { events, audit } = await desk.told();
    expect(events.map(({ type, entity_id }) => [type, entity_id === uuid(target)])).toEqual([
      ['ticket.message_added', true],
      ['ticket.merged', true],
      ['ticket.tagged', true],
      ['ticket.status_changed', false],
    ]);
    expect(audit.map(({ action }) => action)).toEqual(['ticket.merged']);
    const kept = await desk.db.query(
      `select (select array_agg(name order by name) from ticket_tags g join ticket_tag_links l on l.tag_id = g.id where l.ticket_id = $1) as tags,
         (select count(*)::int from ticket_subscriptions where ticket_id = $1 and principal_id = $2) as follows`,
      [uuid(target), idToUuid(desk.world.agent.id)],
    );
    expect(kept).toEqual([{ tags: ['billing', 'refund'], follows: 1 }]);
  });

  test('is answered by the source with its target, to whoever may see that one', async () => {
    const { support, billing } = desk.world.teams;
    const [target, source] = [await asked({ primaryTeamId: support }), await asked({ primaryTeamId: billing })];
    await merge(target, [source]);
    const { caller } = await desk.holder(['ticket.view_team'], { teamId: billing });
    expect((await ada.get(source.path)).body).toMatchObject({ mergedInto: target.id, status: { category: 'closed' } });
    expect((await ada.get(target.path)).body.mergedInto).toBeNull();
    expect(await caller.get(source.path)).toMatchObject({ status: 200, trips: 1, body: { mergedInto: null } });
    const listed = async (by: typeof caller) => {
      const { body } = await by.get(`/tickets?merged=true&team=${billing}`);
      return body.data.find(({ id }: { id: string }) => id === source.id)?.mergedInto;
    };
    expect([await listed(ada), await listed(caller)]).toEqual([target.id, null]);
  });

  test('brings no customer to the other’s ticket, unless that is asked for', async () => {
    const [target, source] = [await asked(), await asked()];
    await merge(target, [source]);
    expect((await say(target, 'Hello', { as: source.as })).body.reason).toBe('author_not_on_ticket');
    const reply = await say(source, 'Any news?', { as: source.as });
    expect(reply.body).toMatchObject({ followUpOf: source.id, ticket: { requester: source.as } });
    const docs = await desk.db.query<{ scope: string; doc: string }>(
      "select scope, doc::text from ticket_search where ticket_id = $1 and scope = 'customer'",
      [uuid(target)],
    );
    expect(docs.map(({ doc }) => doc).join()).not.toContain('news');
    const known = await asked();
    await desk.told();
    await merge(target, [known], { addRequesters: true });
    const seats = (await desk.told()).events.filter(({ type }) => type === 'ticket.participant_added');
    expect(seats).toMatchObject([
      { entity_id: uuid(target), payload: { role: 'cc', previous: null, subject: known.as } },
    ]);
    const [traced] = await desk.db.query<{ activity: number; follows: number }>(
      `select (select count(*)::int from ticket_activity where ticket_id = $1 and type = 'participant_changed') as activity,
         (select count(*)::int from ticket_subscriptions where ticket_id = $1 and contact_id = $2 and source = 'auto_participant') as follows`,
      [uuid(target), idToUuid(known.as.contactId)],
    );
    expect(traced).toEqual({ activity: 1, follows: 1 });
    const joined = await say(known, 'Me too', { as: known.as });
    expect(joined.body).toMatchObject({ followUpOf: null, ticket: { id: target.id } });
  });

  test('of A into B and B into A at once happens once, and no chain is longer than one step', async () => {
    const [a, b, c] = [await asked(), await asked(), await asked()];
    const answers = await Promise.all([merge(a, [b]), merge(b, [a])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers[0]?.status === 200 ? a : b;
    await merge(c, [winner]);
    const chains = await desk.db.query(
      'select 1 from tickets s join tickets t on t.id = s.merged_into_id where t.merged_into_id is not null',
    );
    expect(chains).toEqual([]);
  });

  test('is refused into itself, twice, of what is merged, unseen or crossed by a reply', async () => {
    const [target, source, merged] = [await asked(), await asked(), await asked()];
    await merge(source, [merged]);
    const reason = async (answer: Promise<{ body: { reason?: string } }>) => (await answer).body.reason;
    expect(await reason(merge(target, [target]))).toBe('merge_invalid');
    expect(await reason(merge(target, [source, source]))).toBe('merge_invalid');
    expect(await reason(merge(target, [merged]))).toBe('ticket_merged');
    expect(await reason(merge(merged, [target]))).toBe('ticket_merged');
    expect(await reason(merge(target, [{ ...target, id: desk.world.newId('tkt') }]))).toBe('unknown_reference');
    await say(target, 'One more', { as: target.as });
    expect(await reason(merge(target, [source], { expectMessageSeq: 1 }))).toBe('new_messages');
    const billing = { teamIds: [desk.world.teams.billing] };
    const mine = await asked({ primaryTeamId: desk.world.teams.billing });
    const limited = await desk.keyOf(desk.world.owner, billing);
    const unseen = limited.post(`${mine.path}/merge`, { sourceIds: [source.id] });
    expect(await reason(unseen)).toBe('unknown_reference');
    await desk.db.query(
      "insert into tickets (number, subject, status_id, status_category, solved_at, closed_at, last_activity_at, last_public_at, merged_into_id, merged_at) select nextval('ticket_number_seq'), 'x', $1, 'closed', now(), now(), now(), now(), $2, now() from generate_series(1, 50)",
      [idToUuid(desk.world.statuses.closed), uuid(target)],
    );
    expect(await reason(merge(target, [source]))).toBe('merge_invalid');
  });
});

describe('a ticket in the trash', () => {
  test('is gone from every door with what was merged in, and comes back with messages, tags, people and number', async () => {
    const [ticket, source] = [await asked(), await asked()];
    const wakeAt = new Date(Date.now() + 60_000).toISOString();
    await merge(ticket, [source]);
    await ada.post(`${ticket.path}/transition`, { category: 'pending', wakeAt });
    const before = await ada.get(ticket.path);
    const words = await thread(ticket);
    await desk.told();
    expect(await ada.delete(ticket.path, { 'if-match': `"${before.body.version}"` })).toMatchObject({
      status: 204,
      trips: 2,
    });
    const { events } = await desk.told();
    expect(events.map(({ type }) => type)).toEqual(['ticket.deleted', 'ticket.deleted']);
    for (const answer of [
      await ada.get(ticket.path),
      await ada.get(source.path),
      await ada.patch(ticket.path, { priority: 'low' }),
      await say(ticket, 'Hello'),
      await ada.delete(ticket.path),
    ])
      expect(answer.status).toBe(404);
    expect(await wakeTickets(testKernel(desk.db.url, new Date(Date.now() + 3_600_000)))).toBe(0);
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.delete']);
    expect((await caller.get(`${ticket.path}?deleted=true`)).status).toBe(404);
    const trashed = await ada.get(`${ticket.path}?deleted=true`);
    expect(trashed).toMatchObject({ status: 200, trips: 1, body: { id: ticket.id, version: before.body.version + 1 } });
    const restored = await ada.post(`${ticket.path}/restore`);
    expect((await ada.get(`${ticket.path}?deleted=true`)).status).toBe(404);
    expect(restored).toMatchObject({ status: 200, trips: 2 });
    const { version: _, updatedAt: __, lastActivityAt: ___, ...same } = before.body;
    expect(restored.body).toMatchObject(same);
    expect(await thread(ticket)).toEqual(words);
    expect((await ada.get(source.path)).status).toBe(200);
    expect((await ada.post(`${ticket.path}/restore`)).body.reason).toBe('not_deleted');
  });

  test('whose status was deleted meanwhile comes back with the default of the category', async () => {
    const ticket = await asked();
    const [own] = await desk.db.query<{ id: string }>(
      "insert into ticket_statuses (name, slug, color, category) values ('Odd', 'odd', '#112233', 'open') returning id",
    );
    await desk.db.query('update tickets set status_id = $2 where id = $1', [uuid(ticket), own?.id]);
    await ada.delete(ticket.path);
    await desk.db.query('update ticket_statuses set deleted_at = now() where id = $1', [own?.id]);
    expect((await ada.post(`${ticket.path}/restore`)).body.status.id).toBe(desk.world.statuses.open);
  });

  test('is purged when its days are over: rows, documents, objects, what events told, target and source together', async () => {
    const [ticket, source, kept] = [await asked(), await asked(), await asked()];
    await merge(ticket, [source]);
    await desk.db.query(
      `insert into ticket_attachments (ticket_id, message_id, state, actor_kind, filename, content_type, size_bytes, sha256, storage_key)
       select ticket_id, id, 'attached', 'system', 'a.txt', 'text/plain', 1, sha256('a'), 'a/purged' from ticket_messages where ticket_id = $1 limit 1`,
      [uuid(source)],
    );
    await desk.db.query(
      `insert into email_messages (direction, kind, state, ticket_id, wire_id, raw_key, dedupe_key)
       select 'inbound', 'inbound', 'accepted', ticket_id, wire_id, raw_key, wire_id || ticket_id
       from (values ($1::uuid, 'one', 'mail/own'), ($1, 'two', 'mail/both'), ($2, 'two', 'mail/both')) mail (ticket_id, wire_id, raw_key)`,
      [uuid(ticket), uuid(kept)],
    );
    await ada.delete(ticket.path);
    await ada.delete(kept.path);
    expect(await purgeAt(29)).toBe(0);
    await ada.post(`${kept.path}/restore`);
    await desk.told();
    expect(await purgeAt(31)).toBeGreaterThanOrEqual(2);
    const { events, audit } = await desk.told();
    const own = events.filter(({ entity_id }) => [uuid(ticket), uuid(source)].includes(entity_id));
    expect(own.map(({ type, payload }) => [type, payload.ticket.id]).sort()).toEqual(
      [
        ['ticket.purged', ticket.id],
        ['ticket.purged', source.id],
      ].sort(),
    );
    expect(
      audit.filter(({ action, target_id }) => action === 'ticket.purged' && target_id === uuid(ticket)),
    ).toHaveLength(1);
    const left = await desk.db.query(
      `select (select count(*)::int from tickets where id = any ($1)) + (select count(*)::int from ticket_messages where ticket_id = any ($1))
         + (select count(*)::int from ticket_search where ticket_id = any ($1)) + (select count(*)::int from ticket_activity where ticket_id = any ($1)) as rows,
         (select array_agg(storage_key order by storage_key) from object_deletions) as objects,
         (select count(*)::int from events where entity_id = any ($1) and type <> 'ticket.purged' and payload <> '{"erased": true}') as told,
         (select count(*)::int from audit_events where target_id = any ($1) and action <> 'ticket.purged' and changes is not null) as audited`,
      [[uuid(ticket), uuid(source)]],
    );
    expect(left).toEqual([{ rows: 0, objects: ['a/purged', 'mail/own'], told: 0, audited: 0 }]);
    expect((await ada.get(kept.path)).status).toBe(200);
  });

  test('is purged at once by whoever may delete and manage the settings, and only from the trash', async () => {
    const ticket = await asked();
    expect((await ada.post(`${ticket.path}/purge`)).body.reason).toBe('not_deleted');
    await ada.delete(ticket.path);
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.delete']);
    expect((await caller.post(`${ticket.path}/purge`)).status).toBe(403);
    expect(await ada.post(`${ticket.path}/purge`)).toMatchObject({ status: 204, trips: 2 });
    expect((await ada.post(`${ticket.path}/restore`)).status).toBe(404);
    const audit = await desk.db.query(
      "select target_label from audit_events where action = 'ticket.purged' and target_id = $1",
      [uuid(ticket)],
    );
    expect(audit).toEqual([{ target_label: expect.stringMatching(/^#\d+$/) }]);
  });
});
