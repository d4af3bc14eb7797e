import { expect } from 'vitest';
import { readMail } from '#services/email/read-mail.ts';
import { runMailInbound } from '#services/email/run-mail-inbound.ts';
import { storeMail } from '#services/email/store-mail.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { runSystemVerb } from '#services/kernel/run-verb.ts';
import { type InboundDesk, openInboundDesk } from './inbound-desk.ts';

export const HELP = 'help@desk.test';
export const AUTHSERV_ID = 'mx.cloudflare.net';

export interface MailOptions {
  from?: string;
  /** The sender's domain is proved by our own mail exchanger. */
  proved?: boolean;
  headers?: Record<string, string>;
  body?: string;
}

export interface RawMail {
  raw: string;
  wireId: string;
}

interface Envelope {
  from?: string;
  to?: string;
}

/** Where a mail went, with the message it became; ids are uuids. */
export interface MailTrace {
  state: string;
  reason: string | null;
  ticket_id: string | null;
  subject: string | null;
  message_seq: number | null;
  body: string | null;
  [column: string]: unknown;
}

export interface MailDesk extends InboundDesk {
  deliver(raw: string | Uint8Array, envelope?: Envelope): ReturnType<InboundDesk['worker']['email']>;
  /** Delivers a mail and waits until it is processed. */
  received(options?: MailOptions, envelope?: Envelope): Promise<RawMail>;
  /** Processes a mail in Node at a moment of the test's choice. */
  processedAt(now: Date, options: MailOptions): Promise<RawMail>;
  /** What became of the mails under a Message-ID, in the order they came. */
  traceOf(wireId: string): Promise<MailTrace[]>;
}

/** A workspace with two mail addresses and an archived one. */
export async function openMailDesk(): Promise<MailDesk> {
  const desk = await openInboundDesk();
  await desk.db.query(
    `insert into inbox_channels (inbox_id, kind, label, external_id, archived_at) values
       ((select id from inboxes where slug = 'help'), 'email', 'Help', $1, null),
       ((select id from inboxes where slug = 'invoices'), 'email', 'Invoices', 'invoices@desk.test', null),
       ((select id from inboxes where slug = 'invoices'), 'email', 'Old', 'old@desk.test', now())`,
    [HELP],
  );
  const deliver: MailDesk['deliver'] = (raw, { from = 'ada@customer.test', to = HELP } = {}) =>
    desk.worker.email({ from, to, raw });
  return {
    ...desk,
    deliver,
    async received(options, envelope) {
      const made = mail(options);
      expect(await deliver(made.raw, envelope)).toMatchObject({ outcome: 'ok' });
      await desk.settled();
      return made;
    },
    async processedAt(now, options) {
      const made = mail(options);
      const raw = new TextEncoder().encode(made.raw);
      const kernel = { ...desk.kernel(), now };
      const { facts } = await readMail(raw);
      const arrived = { raw, recipient: HELP, envelopeFrom: options.from ?? '', authservId: AUTHSERV_ID, facts };
      const id = await runSystemVerb(
        { ...kernel, waker: { wake: async () => undefined } },
        storeMail,
        arrived,
        systemActor(),
      );
      const store = { get: async () => raw, put: async () => undefined };
      const claim = { id, leaseToken: kernel.ids.nextUuid() };
      expect(await runMailInbound(kernel, store, claim)).toBe('done');
      return made;
    },
    traceOf: (wireId) =>
      desk.db.query<MailTrace>(
        `select m.state, m.decision->>'reason' as reason, m.ticket_id, t.subject, t.channel, t.status_category, t.requester_assurance, t.message_seq,
           i.slug as inbox, c.name as requester, s.seq, s.audience, s.author_kind, s.author_name, s.body, s.via
         from email_messages m left join tickets t on t.id = m.ticket_id left join inboxes i on i.id = t.inbox_id
           left join contacts c on c.id = t.requester_contact_id left join ticket_messages s on s.id = m.message_id
         where m.wire_id = $1 order by m.created_at`,
        [wireId],
      ),
  };
}

let mails = 0;

/** A mail as it reaches the door, each with a Message-ID of its own. */
export function mail({
  from = 'Ada Okafor <ada@customer.test>',
  proved = false,
  headers = {},
  body = 'The page stays white.',
}: MailOptions = {}): RawMail {
  mails += 1;
  const domain = /@([^>]+)/.exec(from)?.[1];
  const all: Record<string, string> = {
    ...(proved ? { 'Authentication-Results': `${AUTHSERV_ID}; dmarc=pass header.from=${domain}` } : {}),
    From: from,
    To: HELP,
    'Message-ID': `<${mails}@customer.test>`,
    Date: 'Wed, 25 Nov 2026 10:00:00 +0000',
    Subject: 'Cannot sign in',
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return { raw: `${lines.join('')}\r\n${body}\r\n`, wireId: all['Message-ID'] ?? '' };
}
