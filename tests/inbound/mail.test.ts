import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { mailFacts } from '#services/email/mail-facts.ts';
import { runMailInbound } from '#services/email/run-mail-inbound.ts';
import { takeMail } from '#services/email/take-mail.ts';
import { attemptInbound } from '#services/inbound/attempt-inbound.ts';
import type { ObjectStore } from '#services/inbound/object-store.ts';
import { inboundId } from '#services/inbound/store-inbound.ts';
import { AUTHSERV_ID, HELP, type MailDesk, mail, openMailDesk } from './mail-desk.ts';

let desk: MailDesk;

beforeAll(async () => {
  desk = await openMailDesk();
});
afterAll(() => desk.close());

describe('a mail', () => {
  test('becomes a ticket of its sender, met for the first time', async () => {
    const { raw, wireId } = mail({ from: 'Grace Lindqvist <Grace@Shop.test>', body: 'Grüße\r\nfrom the shop' });
    expect(await desk.deliver(raw, { from: 'grace@shop.test' })).toMatchObject({ outcome: 'ok' });
    expect(await desk.settled()).toHaveLength(1);
    expect(await desk.traceOf(wireId)).toMatchObject([
      {
        state: 'accepted',
        subject: 'Cannot sign in',
        channel: 'email',
        status_category: 'open',
        requester_assurance: 'claimed',
        inbox: 'help',
        requester: 'Grace Lindqvist',
        seq: 1,
        audience: 'public',
        author_kind: 'customer',
        author_name: 'Grace Lindqvist',
        body: 'Grüße\nfrom the shop',
        via: 'email',
      },
    ]);
    const addresses = await desk.db.query("select verified_at from contact_emails where email = 'grace@shop.test'");
    expect(addresses).toEqual([{ verified_at: null }]);
  });

  test('from a proved sender makes a verified requester', async () => {
    const { wireId } = await desk.received({ from: 'new@proved.test', proved: true });
    expect(await desk.traceOf(wireId)).toMatchObject([
      { requester_assurance: 'verified', author_name: 'new@proved.test' },
    ]);
    const [address] = await desk.db.query("select verified_at from contact_emails where email = 'new@proved.test'");
    expect(address?.verified_at).not.toBeNull();
  });

  test('of somebody known is asked by that contact', async () => {
    const contact = await desk.world.contact('Ada Park');
    const { wireId } = await desk.received({ from: `Somebody <${contact.email}>` });
    expect(await desk.traceOf(wireId)).toMatchObject([{ requester: 'Ada Park', author_name: 'Ada Park' }]);
  });

  test('belongs to the organisation of its address’s domain once the address is proved, by this mail at the latest', async () => {
    const [org] = await desk.db.query<{ id: string }>(
      "insert into organizations (name, sort_name, share_new_tickets) values ('Acme', 'acme', true) returning id",
    );
    await desk.db.query(
      "insert into organization_domains (organization_id, domain, is_primary, active) values ($1, 'acme.test', true, true)",
      [org?.id],
    );
    const { id } = await desk.world.contact('Eve Acme');
    const address = 'eve@mail.acme.test';
    await desk.db.query('update contact_emails set email = $1, verified_at = null where contact_id = $2', [
      address,
      idToUuid(id),
    ]);
    const placed = async (proved: boolean) => {
      const { wireId } = await desk.received({ from: address, proved });
      const [row] = await desk.db.query(
        `select t.organization_id, t.visibility from tickets t join email_messages m on m.ticket_id = t.id where m.wire_id = $1`,
        [wireId],
      );
      return row;
    };
    expect(await placed(false)).toEqual({ organization_id: null, visibility: 'team' });
    expect(await placed(true)).toEqual({ organization_id: org?.id, visibility: 'org' });
  });

  test('goes to the inbox of its address; that of an archived one to the default inbox', async () => {
    const invoice = await desk.received({}, { to: 'Invoices@Desk.test' });
    const old = await desk.received({}, { to: 'old@desk.test' });
    expect(await desk.traceOf(invoice.wireId)).toMatchObject([{ inbox: 'invoices' }]);
    expect(await desk.traceOf(old.wireId)).toMatchObject([{ inbox: 'help' }]);
  });

  test('with HTML alone is read as text', async () => {
    const { wireId } = await desk.received({
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: '<style>p{}</style><p>Hello &amp; goodbye</p><p>Ada</p>',
    });
    const [{ body } = { body: '' }] = await desk.traceOf(wireId);
    expect((body ?? '').split(/\n+/)).toEqual(['Hello & goodbye', 'Ada']);
  });

  test('without subject and text is visible all the same', async () => {
    const { wireId } = await desk.received({ headers: { Subject: ' ' }, body: '' });
    expect(await desk.traceOf(wireId)).toMatchObject([{ subject: '(no subject)', body: '(no text)' }]);
  });

  test('costs two round trips at the door and two in the consumer', async () => {
    const kept = new Map<string, Uint8Array>();
    const store: ObjectStore = {
      put: async (key, bytes) => void kept.set(key, bytes),
      get: async (key) => kept.get(key),
    };
    const { raw, wireId } = mail({ from: 'counted@customer.test' });
    const [door, consumer] = [desk.kernel(), desk.kernel()];
    const arrived = { raw: new TextEncoder().encode(raw), to: HELP, envelopeFrom: '', authservId: AUTHSERV_ID };
    expect(await takeMail(door, store, { ...arrived, envelopeFrom: 'counted@customer.test' })).toBe('accepted');
    expect(door.db.spent.trips).toBe(2);
    const id = inboundId('mail', mailFacts(arrived.raw).key);
    await attemptInbound(consumer, 'mail', id, (claim) => runMailInbound(consumer, store, claim));
    expect(consumer.db.spent.trips).toBe(2);
    expect(await desk.traceOf(wireId)).toMatchObject([{ state: 'accepted', seq: 1 }]);
  });

  test('keeps its raw bytes', async () => {
    const { raw, wireId } = await desk.received();
    const [row] = await desk.db.query<{ raw_key: string }>('select raw_key from email_messages where wire_id = $1', [
      wireId,
    ]);
    const bucket = (await desk.worker.env()).ATTACHMENTS as {
      get(key: string): Promise<{ text(): Promise<string> } | null>;
    };
    expect(await (await bucket.get(row?.raw_key ?? ''))?.text()).toBe(raw);
  });
});

describe('at the door', () => {
  test('a mail to nobody here is rejected, and nothing is stored', async () => {
    const before = await desk.count('inbound_deliveries');
    const outcome = await desk.deliver(mail().raw, { to: 'nobody@desk.test' });
    expect(outcome.rejectReason).toMatch(/no such address/);
    expect(await desk.count('inbound_deliveries')).toBe(before);
  });

  test('the same mail twice, after each other and at once, is one ticket', async () => {
    const { raw, wireId } = mail();
    const outcomes = await Promise.all([
      desk.deliver(raw),
      desk.deliver(raw),
      desk.deliver(`Received: from elsewhere\r\n${raw}`),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
    await desk.settled();
    await desk.deliver(raw, { to: 'invoices@desk.test' });
    await desk.settled();
    expect(await desk.traceOf(wireId)).toHaveLength(1);
  });

  test('two different mails with one Message-ID are two tickets', async () => {
    const headers = { 'Message-ID': '<copied@customer.test>' };
    await desk.received({ headers: { ...headers, Subject: 'One' } });
    await desk.received({ headers: { ...headers, Subject: 'Two' } });
    const traces = await desk.traceOf('<copied@customer.test>');
    expect(traces.map(({ subject }) => subject)).toEqual(['One', 'Two']);
    expect(new Set(traces.map(({ ticket_id }) => ticket_id)).size).toBe(2);
  });

  test('a database out of reach is thrown, so that the sending server tries again', async () => {
    const { raw, wireId } = mail();
    desk.worker.proxy.setHook(() => 'drop-before');
    expect(await desk.deliver(raw)).toMatchObject({ outcome: 'exception' });
    desk.worker.proxy.setHook(undefined);
    expect(await desk.deliver(raw)).toMatchObject({ outcome: 'ok' });
    await desk.settled();
    expect(await desk.traceOf(wireId)).toHaveLength(1);
  });
});

describe('a mail that cannot be parsed', () => {
  const nested = (depth: number): string => {
    const open = Array.from(
      { length: depth },
      (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`,
    );
    return `${open.join('')}\r\ndeep`;
  };
  const unparsable = () =>
    desk.db.query(
      `select t.subject, t.requester_contact_id, t.visibility, s.audience, s.author_kind, s.body, a.filename, a.content_type, a.unsafe, a.storage_key = m.raw_key as raw
       from email_messages m join tickets t on t.id = m.ticket_id join ticket_messages s on s.id = m.message_id join ticket_attachments a on a.message_id = s.id
       where m.decision->>'route' = 'open_unparsable' order by t.number`,
    );

  test('is an internal ticket with the raw mail attached', async () => {
    const head =
      'From: ada@customer.test\r\nMessage-ID: <deep@customer.test>\r\nSubject: Deep\r\nMIME-Version: 1.0\r\n';
    await desk.deliver(`${head}${nested(60)}`);
    await desk.settled();
    const shown = { requester_contact_id: null, visibility: 'team', audience: 'internal', author_kind: 'system' };
    const attached = { filename: 'message.eml', content_type: 'message/rfc822', unsafe: true, raw: true };
    expect(await unparsable()).toEqual([
      { subject: 'Deep', ...shown, body: expect.stringContaining('ada@customer.test'), ...attached },
    ]);
  });
});
