import { createHmac, randomUUID } from 'node:crypto';
import { connectGithub } from '#services/github/connect-github.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { runSystemVerb } from '#services/kernel/run-verb.ts';
import { type InboundDesk, openInboundDesk, type StoredDelivery } from './inbound-desk.ts';

const APP_ID = 4242;
export const SECRET = 'the webhook secret';
/** The repository of Octokit's issue payloads. */
export const REPOSITORY_ID = 186853002;

export interface SendOptions {
  guid?: string;
  event?: string;
  secret?: string;
  /** Over those of a good delivery; null leaves one out. */
  headers?: Record<string, string | null>;
}

export interface Sent {
  status: number;
  text: string;
  trips: string | null;
  guid: string;
}

export interface GithubDesk extends InboundDesk {
  connection: Awaited<ReturnType<typeof connect>>;
  /** Sends what GitHub would, signed. */
  send(payload: unknown, options?: SendOptions): Promise<Sent>;
  deliveryOf(guid: string): Promise<StoredDelivery | undefined>;
  /** The ticket of an issue with its opening message. */
  ticketOf(issueId: number): Promise<Record<string, unknown>[]>;
}

/** A workspace with a connected repository whose opened issues become tickets. */
export async function openGithubDesk(): Promise<GithubDesk> {
  const desk = await openInboundDesk();
  return {
    ...desk,
    connection: await connect(desk),
    send: (payload, options = {}) => send(desk, payload, options),
    deliveryOf: async (guid) => (await desk.settled()).find(({ dedupe_key }) => dedupe_key === guid),
    ticketOf: (issueId) =>
      desk.db.query(
        `select t.number::int, t.subject, t.channel, t.visibility, t.priority, t.requester_contact_id, to_typeid('inbox', t.inbox_id) as inbox,
           to_typeid('prin', t.created_by_principal_id) as creator, m.body, m.audience, m.author_kind, m.author_name, m.via, m.is_opening
         from ticket_messages m join tickets t on t.id = m.ticket_id where m.dedupe_key = $1`,
        [`gh:${REPOSITORY_ID}:issue:${issueId}`],
      ),
  };
}

const connect = (desk: InboundDesk) =>
  runSystemVerb(
    desk.kernel(),
    connectGithub,
    {
      label: 'GitHub',
      config: { appId: APP_ID },
      secrets: { webhookSecret: SECRET },
      account: { id: 21031067, login: 'Codertocat' },
      repository: { externalId: REPOSITORY_ID, fullName: 'Codertocat/Hello-World', visibility: 'public' },
      rules: { createTicket: 'all', priority: 'high' },
      inboxId: desk.world.inboxes.invoices,
    },
    systemActor(),
  );

async function send(desk: InboundDesk, payload: unknown, options: SendOptions): Promise<Sent> {
  const { guid = randomUUID(), event = 'issues', secret = SECRET, headers = {} } = options;
  const bytes = payload instanceof Uint8Array ? payload : new TextEncoder().encode(JSON.stringify(payload));
  const all: Record<string, string | null> = {
    'content-type': 'application/json',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-installation-target-id': String(APP_ID),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
    ...headers,
  };
  const response = await desk.worker.fetch('/inbound/github', {
    method: 'POST',
    body: bytes as BodyInit,
    headers: Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  });
  return { status: response.status, text: await response.text(), trips: response.headers.get('server-timing'), guid };
}

let issues = 1000;

/** A payload of `issues.opened` about an issue of its own. */
export function opened(issue: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  issues += 1;
  return {
    action: 'opened',
    repository: { id: REPOSITORY_ID },
    issue: {
      id: issues,
      number: issues,
      html_url: `https://github.com/Codertocat/Hello-World/issues/${issues}`,
      title: 'Spelling error in the README file',
      body: 'It says "mallord".',
      state: 'open',
      user: { login: 'octocat' },
      labels: [],
      ...issue,
    },
    ...more,
  };
}
