import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillTables } from '#migrations/cli/fill-tables.ts';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { blankHistory, LABELLED, LABELLED_HISTORY } from '#services/people/blank-history.ts';
import { erasePeople, peopleToErase } from '#services/people/erase-people.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
import { writesOf } from '../support/catalogue.ts';
import { testKernel } from '../support/kernel.ts';
import type { Member } from '../support/world.ts';

const NAME = 'Zelda Quint';
const EMAIL = 'zelda@quint.test';
const FILL_MS = 120_000;

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
}, FILL_MS);
afterAll(() => desk.close());

/** As a caller does it: the parts in a commit of its own, history afterwards. */
const eraseThem = defineSystemVerb({
  name: 'eraseThem',
  actor: 'system',
  load: (ids: readonly Id<'prin'>[]) => ({ people: peopleToErase(ids) }),
  decide: ({ people }, _ids, { now }) =>
    change({ permit: systemPermit('bulk_job'), answer: people.length, audit: null, ...erasePeople(people, now) }),
});

const erase = (ids: readonly Id<'prin'>[]) => runSystemVerb(testKernel(desk.db.url), eraseThem, ids, systemActor());

/** Rounds until one finds nothing, and how many rows they blanked. */
async function blankAll(ids: readonly Id<'prin'>[]): Promise<number> {
  const { db, now } = testKernel(desk.db.url);
  for (let total = 0; ; ) {
    const answers = await db.batch(blankHistory(ids, now), { kind: 'commit' });
    const round = answers.flat().reduce((sum, { blanked }) => sum + blanked, 0);
    if (round === 0) return total;
    total += round;
  }
}

const uuid = (member: { id: Id }): string => idToUuid(member.id);
const counts = async (): Promise<Record<string, unknown>[]> =>
  desk.db.query(`select (select count(*)::int from tickets) as tickets, (select count(*)::int from ticket_messages) as messages,
    (select count(*)::int from ticket_activity) as activity, (select count(*)::int from events) as events,
    (select count(*)::int from audit_events where action <> 'person.erased') as audit`);

/** Tables with a row in whose text the name or the address stands. */
async function tablesThatSay(pattern: RegExp): Promise<string[]> {
  const tables = await desk.db.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await desk.db.query(`select from public."${name}" t where t::text ~* $1 limit 1`, [pattern.source]);
    if (row !== undefined) found.push(name);
  }
  return found.toSorted();
}

async function personWithAPast(): Promise<{ member: Member; ticketId: string }> {
  const member = await desk.world.member({ role: 'agent', teams: [desk.world.teams.support] });
  await desk.db.query(
    `with p as (update principal set display_name = $2, avatar_url = 'https://quint.test/zelda.png' where id = $1 returning user_id)
     update "user" u set email = $3, locale = 'de', time_zone = 'Europe/Berlin', attributes = '{"nick": "zelda"}' from p where u.id = p.user_id`,
    [uuid(member), NAME, EMAIL],
  );
  const opened = await desk.owner.post('/tickets', {
    subject: 'The export stops',
    body: 'At row 500.',
    requester: { email: 'ada@customer.test' },
  });
  const ticketId: string = opened.body.id;
  const said = await desk.owner.post(`/tickets/${ticketId}/messages`, {
    body: 'On it.',
    as: { principalId: member.id },
  });
  expect([opened.status, said.status]).toEqual([201, 201]);
  return { member, ticketId };
}

/** Rows in every table, and this person as the one who acted in all that keep a label. */
async function fillWith(member: Member): Promise<void> {
  await withClient(desk.db.url, async (client) => {
    await fillTables(client, () => true, 3);
    await client.query('set session_replication_role = replica');
    for (const table of await labelled())
      await client.query(`update public."${table}" set actor_id = $1, actor_label = $2 where actor_kind is not null`, [
        uuid(member),
        NAME,
      ]);
    for (const table of ['user_segments', 'notification_preferences', 'ticket_subscriptions', 'in_app_notifications'])
      await client.query(
        `update public."${table}" set principal_id = $1 where ctid = (select ctid from public."${table}" where principal_id is not null limit 1)
          and not exists (select from public."${table}" where principal_id = $1)`,
        [uuid(member)],
      );
    await client.query(
      `update account set user_id = $1, subject = 'zelda' where ctid = (select ctid from account limit 1)`,
      [idToUuid(member.userId)],
    );
    await client.query(`
      insert into invitation (email, name, note, expires_at, invited_by_principal_id, state, accepted_at, accepted_principal_id) values
        ('zelda@elsewhere.test', '${NAME}', 'For Zelda', now(), '${uuid(desk.world.owner)}', 'accepted', now(), '${uuid(member)}'),
        ('${EMAIL}', '${NAME}', null, now(), '${uuid(desk.world.owner)}', 'pending', null, null);
      with told as (
        insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, surface, payload, occurred_at)
          values ('member.updated', '2026-11-25', 'principal', '${uuid(member)}', 900, 'internal', 'system', 'cron', '{"name": "${NAME}"}', now())
          returning id
      ), kept as (insert into event_bodies (event_id, payload_version, form, bytes) select id, '2026-11-25', 'internal.full', '${NAME}'::bytea from told
      ), sent as (
        update deliveries d set event_id = told.id, state = 'retry', next_attempt_at = now(), ended_at = null
        from told where d.ctid = (select ctid from deliveries limit 1) returning d.id
      ), tried as (
        update webhook_deliveries w set delivery_id = sent.id, round = 1, attempt = 1, response_body = 'Hello ${NAME}'
        from sent where w.ctid = (select ctid from webhook_deliveries limit 1)
      )
      insert into audit_events (action, actor_kind, target_type, target_id, target_label, changes, surface, occurred_at)
        values ('member.updated', 'system', 'principal', '${uuid(member)}', '${NAME}', '{"email": [null, "${EMAIL}"]}', 'cron', now());
      update audit_leaves l set audit_seq = a.seq, private_salt = sha256('x') from audit_events a
        where a.target_id = '${uuid(member)}' and a.action = 'member.updated' and l.ctid = (select ctid from audit_leaves limit 1)`);
  });
}

const labelled = async (): Promise<string[]> =>
  (
    await desk.db.query<{ name: string }>(
      "select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'actor_label' order by 1",
    )
  ).map(({ name }) => name);

test('every table that keeps the label of who acted is one that erasure knows', async () => {
  expect([...LABELLED, ...LABELLED_HISTORY, 'audit_events', 'events'].toSorted()).toEqual(await labelled());
});

describe('an erased person', () => {
  let person: Member;
  let ticketId: string;
  let before: unknown;

  beforeAll(async () => {
    ({ member: person, ticketId } = await personWithAPast());
    await fillWith(person);
  }, FILL_MS);

  test('is no member: who is one is removed first', async () => {
    await expect(erase([person.id])).rejects.toMatchObject({ code: 'conflict', details: { reason: 'member_active' } });
    expect((await desk.owner.delete(`/members/${person.id}`)).status).toBe(200);
    before = await counts();
    expect(await tablesThatSay(/zelda/)).toEqual(expect.arrayContaining([...LABELLED, 'user', 'principal', 'account']));
  });

  test('loses what says who they are in the commit, and the rest of their name with the job', async () => {
    await erase([person.id]);
    const left = await tablesThatSay(/zelda|quint/);
    for (const table of ['user', 'principal', 'account', 'invitation']) expect(left).not.toContain(table);
    expect(await blankAll([person.id])).toBeGreaterThan(LABELLED.length);
    expect(await tablesThatSay(/zelda|quint/)).toEqual([]);
    expect(
      await desk.db.query('select distinct state from invitation where email like $1 order by 1', ['%@erased.invalid']),
    ).toEqual([{ state: 'accepted' }, { state: 'revoked' }]);
    const stopped = await desk.db.query("select from deliveries where reason = 'erased' and state = 'cancelled'");
    expect(stopped).not.toEqual([]);
  });

  test('leaves tickets, activity and audit readable', async () => {
    expect(await counts()).toEqual(before);
    const ticket = await desk.owner.get(`/tickets/${ticketId}`);
    const { body: thread } = await desk.owner.get(`/tickets/${ticketId}/messages`);
    expect([ticket.status, ticket.body.subject]).toEqual([200, 'The export stops']);
    expect(thread.data.slice(0, 2).map((message: { body: string }) => message.body)).toEqual(['At row 500.', 'On it.']);
    expect(thread.data[1].author).toMatchObject({ name: '' });
    const audit = await desk.db.query(
      "select action, target_label, changed_fields from audit_events where action in ('person.erased', 'member.removed') order by seq",
    );
    expect(audit).toEqual([
      expect.objectContaining({ action: 'member.removed', target_label: null }),
      { action: 'person.erased', target_label: null, changed_fields: [] },
    ]);
  });

  test('twice is erased once: nothing changes', async () => {
    const written = await writesOf(desk.db);
    await erase([person.id]);
    expect(await blankAll([person.id])).toBe(0);
    expect(await writesOf(desk.db)).toEqual(written);
  });

  test('who comes back is somebody new: no row is found by what they bring', async () => {
    expect(await desk.db.query('select from "user" where email = $1', [EMAIL])).toEqual([]);
    expect(await desk.db.query('select from account where user_id = $1', [idToUuid(person.userId)])).toEqual([]);
  });
});
