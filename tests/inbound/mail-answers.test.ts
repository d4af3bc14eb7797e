import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { AUTHSERV_ID, HELP, type MailDesk, mail, openMailDesk } from './mail-desk.ts';

let desk: MailDesk;

beforeAll(async () => {
  desk = await openMailDesk();
});
afterAll(() => desk.close());

describe('an answer', () => {
  const asked = async (who = `reply-${crypto.randomUUID()}@customer.test`) => ({
    who,
    ...(await desk.received({ from: who, proved: true })),
  });
  const solve = (wireId: string) =>
    desk.db.query(
      `update tickets set status_category = 'solved', solved_at = now(), first_solved_at = now(),
         status_id = (select id from ticket_statuses where category = 'solved' and is_default)
       where id = (select ticket_id from email_messages where wire_id = $1)`,
      [wireId],
    );

  test('of the proved requester joins the ticket as a public message and reopens it', async () => {
    const { who, wireId } = await asked();
    await solve(wireId);
    const reply = await desk.received({
      from: who,
      proved: true,
      headers: { 'In-Reply-To': wireId },
      body: 'Still broken.',
    });
    const [first] = await desk.traceOf(wireId);
    expect(await desk.traceOf(reply.wireId)).toMatchObject([
      {
        ticket_id: first?.ticket_id,
        seq: 2,
        audience: 'public',
        author_kind: 'customer',
        body: 'Still broken.',
        status_category: 'open',
      },
    ]);
    const events = await desk.db.query('select type from events where entity_id = $1 order by entity_seq', [
      first?.ticket_id,
    ]);
    expect(events.map(({ type }) => type)).toEqual(['ticket.created', 'ticket.message_added', 'ticket.status_changed']);
  });

  test('goes to a ticket that is also that of the login of whoever asked by mail', async () => {
    const { world } = desk;
    const member = await world.member({ role: 'owner' });
    const { id, email } = await world.contact();
    await desk.db.query(
      "insert into contact_user_links (contact_id, user_id, source, actor_kind, linked_at) values ($1, $2, 'manual', 'system', now())",
      [idToUuid(id), idToUuid(member.userId)],
    );
    const { wireId } = await asked(email);
    const [{ ticket_id: ticketId } = { ticket_id: null }] = await desk.traceOf(wireId);
    const [row] = await desk.db.query(
      'select requester_contact_id, requester_principal_id from tickets where id = $1',
      [ticketId],
    );
    expect(row).toEqual({ requester_contact_id: idToUuid(id), requester_principal_id: idToUuid(member.id) });
  });

  test('finds its ticket by References alone, the nearest of several first', async () => {
    const [one, two] = [await asked('same@customer.test'), await asked('same@customer.test')];
    const reply = await desk.received({
      from: 'same@customer.test',
      proved: true,
      headers: { References: `${one.wireId} <x@y>\r\n ${two.wireId}` },
    });
    const [target] = await desk.traceOf(two.wireId);
    expect(await desk.traceOf(reply.wireId)).toMatchObject([{ ticket_id: target?.ticket_id, seq: 2 }]);
  });

  test('of the requester, unproved, is a note for the team and reopens nothing', async () => {
    const { who, wireId } = await asked();
    await solve(wireId);
    const reply = await desk.received({ from: who, headers: { 'In-Reply-To': wireId } });
    expect(await desk.traceOf(reply.wireId)).toMatchObject([
      {
        seq: 2,
        audience: 'internal',
        author_kind: 'automation',
        reason: 'unverified_sender',
        status_category: 'solved',
      },
    ]);
  });

  test('of a stranger opens a ticket of its own and leaves the other alone', async () => {
    const { wireId } = await asked();
    const reply = await desk.received({ from: 'mallory@evil.test', proved: true, headers: { 'In-Reply-To': wireId } });
    const [own] = await desk.traceOf(reply.wireId);
    const [theirs] = await desk.traceOf(wireId);
    expect(own?.ticket_id).not.toBe(theirs?.ticket_id);
    expect(theirs?.message_seq).toBe(1);
  });

  test('to a ticket in the trash opens a new one', async () => {
    const { who, wireId } = await asked();
    await desk.db.query(
      'update tickets set deleted_at = now() where id = (select ticket_id from email_messages where wire_id = $1)',
      [wireId],
    );
    const reply = await desk.received({ from: who, proved: true, headers: { 'In-Reply-To': wireId } });
    expect(await desk.traceOf(reply.wireId)).toMatchObject([{ seq: 1, status_category: 'open' }]);
  });

  const close = (wireId: string) =>
    desk.db.query(
      `update tickets set status_category = 'closed', solved_at = now(), closed_at = now(), first_solved_at = now(),
         status_id = (select id from ticket_statuses where category = 'closed' and is_default)
       where id = (select ticket_id from email_messages where wire_id = $1)`,
      [wireId],
    );

  test('to a closed ticket opens its follow-up, which takes the next; an out-of-office does neither', async () => {
    const { who, wireId } = await asked();
    await close(wireId);
    const headers = { 'In-Reply-To': wireId };
    const away = { ...headers, 'Auto-Submitted': 'auto-replied' };
    const note = await desk.received({ from: who, proved: true, headers: away });
    const [old] = await desk.traceOf(wireId);
    expect(await desk.traceOf(note.wireId)).toMatchObject([{ ticket_id: old?.ticket_id, audience: 'internal' }]);
    const first = await desk.received({ from: who, proved: true, headers, body: 'It is back.' });
    const [opened] = await desk.traceOf(first.wireId);
    expect(opened).toMatchObject({ seq: 1, subject: 'Cannot sign in', status_category: 'open', inbox: 'help' });
    expect(opened?.ticket_id).not.toBe(old?.ticket_id);
    const second = await desk.received({ from: who, proved: true, headers });
    expect(await desk.traceOf(second.wireId)).toMatchObject([{ ticket_id: opened?.ticket_id, seq: 2 }]);
  });

  test('reopens at the last millisecond of the window; the next one opens a follow-up', async () => {
    await desk.db.query('update ticket_settings set reopen_window_days = 7');
    const at = async (ms: number) => {
      const { who, wireId } = await asked();
      await solve(wireId);
      const [asking] = await desk.traceOf(wireId);
      const [row] = await desk.db.query<{ at: Date }>('select solved_at as at from tickets where id = $1', [
        asking?.ticket_id,
      ]);
      const now = new Date((row?.at.getTime() ?? 0) + 7 * 86_400_000 + ms);
      const reply = await desk.processedAt(now, { from: who, proved: true, headers: { 'In-Reply-To': wireId } });
      const [landed] = await desk.traceOf(reply.wireId);
      return { same: landed?.ticket_id === asking?.ticket_id, category: landed?.status_category, seq: landed?.seq };
    };
    expect(await at(0)).toEqual({ same: true, category: 'open', seq: 2 });
    expect(await at(1)).toEqual({ same: false, category: 'open', seq: 1 });
    await desk.db.query('update ticket_settings set reopen_window_days = null');
  });

  test.each(['open', 'pending', 'on_hold', 'solved', 'closed'])(
    'from an out-of-office on what is %s leaves its status, whoever waits, and every count',
    async (category) => {
      const { who, wireId } = await asked();
      const [asking] = await desk.traceOf(wireId);
      await desk.db.query(
        `update tickets set status_category = $2, status_id = (select id from ticket_statuses where category = $2 and is_default),
           solved_at = case when $2 in ('solved', 'closed') then now() end, closed_at = case when $2 = 'closed' then now() end
         where id = $1`,
        [asking?.ticket_id, category],
      );
      const state = () =>
        desk.db.query(
          `select status_category, status_id, customer_waiting_since, first_response_at, reopen_count, last_public_at,
             last_customer_message_at, last_agent_message_at, version, solved_at,
             (select count(*) from ticket_links where target_id = t.id) as follow_ups from tickets t where id = $1`,
          [asking?.ticket_id],
        );
      const before = await state();
      const headers = { 'Auto-Submitted': 'auto-replied', 'In-Reply-To': wireId };
      const away = await desk.received({ from: who, proved: true, headers });
      expect(await desk.traceOf(away.wireId)).toMatchObject([{ ticket_id: asking?.ticket_id, audience: 'internal' }]);
      expect(await state()).toEqual(before);
    },
  );

  test('that the inbox refuses is recorded alone', async () => {
    const { who, wireId } = await asked();
    await close(wireId);
    const overrides = (json: string) =>
      desk.db.query("update inboxes set ticket_overrides = $1::jsonb where slug = 'help'", [json]);
    await overrides('{"onClosedReply": "refuse"}');
    const reply = await desk.received({ from: who, proved: true, headers: { 'In-Reply-To': wireId } });
    await overrides('{}');
    expect(await desk.traceOf(reply.wireId)).toMatchObject([
      { state: 'dropped', reason: 'ticket_closed', ticket_id: null },
    ]);
  });

  test('from an out-of-office is a note, and without a ticket nothing', async () => {
    const { who, wireId } = await asked();
    const away = { 'Auto-Submitted': 'auto-replied' };
    const note = await desk.received({ from: who, proved: true, headers: { ...away, 'In-Reply-To': wireId } });
    expect(await desk.traceOf(note.wireId)).toMatchObject([{ seq: 2, audience: 'internal', reason: 'automatic' }]);
    const lone = await desk.received({ from: who, proved: true, headers: away });
    expect(await desk.traceOf(lone.wireId)).toMatchObject([{ state: 'dropped', ticket_id: null, reason: 'automatic' }]);
  });
});

describe('no ticket is touched by', () => {
  test('a mail from an address of ours', async () => {
    const { wireId } = await desk.received({ from: HELP });
    expect(await desk.traceOf(wireId)).toMatchObject([{ state: 'dropped', ticket_id: null, reason: 'own_mail' }]);
  });

  test('a sender whom DMARC disproves, whatever a forged field beside it says', async () => {
    const forged = { 'authentication-results': `${AUTHSERV_ID}; dmarc=pass header.from=customer.test` };
    const made = mail({ headers: forged });
    await desk.deliver(`Authentication-Results: ${AUTHSERV_ID}; dmarc=fail header.from=customer.test\r\n${made.raw}`);
    await desk.settled();
    expect(await desk.traceOf(made.wireId)).toMatchObject([{ state: 'quarantined', ticket_id: null, reason: 'auth' }]);
  });

  test('the twenty-first mail of an address within ten minutes', async () => {
    await desk.db.query(
      `insert into email_messages (direction, kind, state, from_address, dedupe_key)
       select 'inbound', 'inbound', 'accepted', 'loop@customer.test', 'loop ' || n from generate_series(1, 20) n`,
    );
    const { wireId } = await desk.received({ from: 'loop@customer.test' });
    expect(await desk.traceOf(wireId)).toMatchObject([{ state: 'quarantined', ticket_id: null, reason: 'rate' }]);
  });
});
