import { createHash } from 'node:crypto';
import type { PORTAL_STATUS_KEYS, PortalMessage, PortalTicket } from '#schema/api/portal.ts';
import type { ValueOf } from '#schema/values.ts';
import { type Customer, isRequester, mayReply } from '#services/access/customer.ts';
import { filesFrom } from '#services/files/file-row.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { renderMarkdown } from '#services/markdown/render-markdown.ts';
import { replyRoute } from '#services/messages/reply-rules.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import type { StatusCategory } from '#services/tickets/status-machine.ts';
import type { PortalRow, PortalSettings } from './portal-queries.ts';

const STATUS: Readonly<Record<StatusCategory, { key: ValueOf<typeof PORTAL_STATUS_KEYS>; label: string }>> = {
  open: { key: 'open', label: 'Open' },
  pending: { key: 'awaiting_you', label: 'Awaiting you' },
  on_hold: { key: 'in_progress', label: 'In progress' },
  solved: { key: 'solved', label: 'Solved' },
  closed: { key: 'closed', label: 'Closed' },
};

interface Viewing {
  customer: Customer;
  settings: PortalSettings;
  now: Date;
}

/** A ticket as this customer sees it, member by member: what is not named here does not reach them. */
export function portalTicket(row: PortalRow, { customer, settings, now }: Viewing): PortalTicket {
  const { ticket, status, portal } = row;
  const facts = { ...ticket, roles: portal.roles };
  const own = isRequester(customer, facts);
  const live = ticket.mergedIntoId === null;
  const { key, label } = STATUS[ticket.statusCategory];
  const asked = ticket.requesterContactId !== null || ticket.requesterPrincipalId !== null;
  const { rating } = portal;
  return {
    id: ticket.id,
    number: ticket.number,
    subject: ticket.subject,
    status: { key, label: status.publicLabel ?? label },
    createdAt: ticket.createdAt.toISOString(),
    lastUpdateAt: ticket.lastPublicAt.toISOString(),
    requester: asked ? { name: shownName(row.requesterName), isYou: own } : null,
    people: portal.people.map((name) => ({ name: shownName(name) })),
    fields: settings.fields.map(({ key, label, type, editable }) => ({
      key,
      label,
      type: type as PortalTicket['fields'][number]['type'],
      value: ticket.customFields[key] ?? null,
      editable: editable && own && live,
    })),
    canReply: mayReply(customer, facts) && replyRoute(ticket, portal.rules, now) !== 'refuse',
    canSolve: own && ticket.isActive,
    canReopen: own && mayReopen(row, now),
    canAddPeople: own && live && customer.assurance === 'verified',
    canRate: own && live && settings.csat && ticket.solvedAt !== null && rating?.isOpen !== false,
    rating: rating?.score == null ? null : { score: rating.score, comment: rating.comment },
    followUpOf: portal.followUpOf,
  };
}

/** Solved, and within the window in which a reply would reopen it too. */
export const mayReopen = ({ ticket, portal }: PortalRow, now: Date): boolean =>
  ticket.statusCategory === 'solved' && replyRoute(ticket, portal.rules, now) === 'add';

interface StoredMessage {
  message: MessageRow;
  files: Parameters<typeof filesFrom>[0];
}

/** A public message as this customer sees it. */
export function portalMessage({ message, files }: StoredMessage, { customer, settings }: Omit<Viewing, 'now'>) {
  const shown: PortalMessage = {
    id: message.id,
    author: authorFor(message, customer, settings),
    body: message.body,
    bodyHtml: renderMarkdown(message.body),
    createdAt: message.createdAt.toISOString(),
    edited: message.editedAt !== null,
    attachments: filesFrom(files),
  };
  return shown;
}

function authorFor(message: MessageRow, customer: Customer, { agentNames, workspace }: PortalSettings) {
  const { authorKind, authorName, authorContactId, authorPrincipalId } = message;
  if (authorKind === 'customer') {
    const you =
      authorPrincipalId === customer.principalId ||
      (authorContactId !== null && authorContactId === customer.contactId);
    return { kind: you ? 'you' : 'customer', name: shownName(authorName) } as const;
  }
  // A key or a rule has a name that was meant for the desk.
  const format = authorKind === 'agent' ? agentNames : 'team';
  const name = { team: workspace, full: authorName, first: authorName.split(/\s/u)[0] ?? '' }[format];
  return { kind: 'team', name: shownName(name) } as const;
}

/** Who gave no name is kept under their address, which is nobody else's business. */
const shownName = (name: string | null): string | null =>
  name === null || name.trim() === '' || name.includes('@') ? null : name;

/** `ETag` of an answer of this door: a hash of what is shown, because a revision would tell of notes. */
export const answerTag = (answer: unknown): string =>
  `"${createHash('sha256').update(canonicalJson(answer)).digest('base64url').slice(0, 22)}"`;
