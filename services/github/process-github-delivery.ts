import { idToUuid } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { buryInbound } from '#services/inbound/bury-inbound.ts';
import { claimInbound, type InboundClaim } from '#services/inbound/claim-inbound.ts';
import { MOST_RETRIES } from '#services/inbound/retry-delay.ts';
import { type InboundVerdict, settleInbound } from '#services/inbound/settle-inbound.ts';
import { cutText, storableLine, storableText } from '#services/inbound/storable-text.ts';
import { type ActorRow, systemActor } from '#services/kernel/actor.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { type Deciding, defineSystemVerb, type Loaded } from '#services/kernel/verb.ts';
import { openTicket } from '#services/tickets/open-ticket.ts';
import { whyNoTicket } from './create-ticket-rule.ts';
import { IssuePayload, parsePayload } from './delivery-payload.ts';
import { issueKey, issueQueries } from './issue-queries.ts';
import { RepositoryRules } from './repository-rules.ts';

const SUBJECT_MAX = 500;
const BODY_MAX = 100_000;

export type Processed = InboundVerdict['state'] | 'not_claimed';

const load = (claim: InboundClaim, { now }: { now: Date }) => ({
  delivery: claimInbound('github', claim, now),
  ...issueQueries(claim.id),
});

export type LoadedDelivery = Loaded<ReturnType<typeof load>>;

/**
 * Acts on a stored delivery: an issue becomes a ticket where its repository's rule says so, everything else is noted as
 * ignored with its reason. Claim, what it is about and what a ticket needs come in one trip, the outcome in one commit.
 */
export const processGithubDelivery = defineSystemVerb({
  name: 'processGithubDelivery',
  actor: 'integration',
  draws: true,
  retryOn: ['ticket_messages_dedupe_key_key'],
  load,
  decide(loaded, claim, by, payload: Uint8Array | null): Decision<Processed> {
    const { delivery } = loaded;
    const permit = systemPermit('github_inbound');
    if (delivery === undefined) return unchanged(permit, 'not_claimed');
    const verdict = verdictOf(loaded, payload);
    if ('open' in verdict) return openIssue(loaded, claim, by, verdict);
    const dead = 'dead' in verdict;
    const writes = dead ? buryInbound('github', claim, verdict.dead, by.now) : [settleInbound(claim, verdict, by.now)];
    return change({ permit, answer: dead ? 'dead' : verdict.state, audit: null, writes });
  },
});

/** The connection, in whose name tickets are opened. */
export function connectionActor({ connection }: LoadedDelivery): ActorRow {
  if (connection === undefined) return systemActor();
  const { principalId, label } = connection.integration;
  return { actorKind: 'integration', actorId: idToUuid(principalId), actorLabel: label, apiKeyId: null };
}

interface ToOpen {
  open: IssuePayload;
  rules: RepositoryRules;
}

const ignored = (reason: string, outcome: InboundVerdict['outcome'] = 'skipped'): InboundVerdict => ({
  state: 'ignored',
  outcome,
  reason,
});

/** In the order in which a person would ask: is it for us at all, may it act, does it change anything. */
function verdictOf(
  { delivery, connection, existing }: LoadedDelivery,
  payload: Uint8Array | null,
): InboundVerdict | ToOpen | { dead: string } {
  // Every earlier run that took it ended without a word, so this one might too.
  if ((delivery?.attempts ?? 0) > MOST_RETRIES + 1) return { dead: 'crashed' };
  if (delivery?.event !== 'issues') return ignored('unhandled_event');
  if (connection === undefined || connection.integration.status !== 'active') return ignored('integration_not_active');
  if (connection.repository === null) return ignored('unknown_repository');
  if (connection.repository.status !== 'active') return ignored('repository_inactive');
  if (payload === null) throw new Error('the payload of a delivery is gone');
  const issue = IssuePayload.safeParse(parsePayload(payload));
  const rules = RepositoryRules.safeParse(connection.repository.rules);
  if (!issue.success) return { dead: 'payload_invalid' };
  if (!rules.success) return { dead: 'rules_invalid' };
  const reason = whyNoTicket(rules.data.createTicket, issue.data);
  if (reason !== null) return ignored(reason);
  if (existing !== undefined) return ignored('already_a_ticket', 'noop');
  return { open: issue.data, rules: rules.data };
}

function openIssue(
  loaded: LoadedDelivery,
  claim: InboundClaim,
  by: Deciding,
  { open: { issue }, rules }: ToOpen,
): Decision<Processed> {
  const { connection, inbox, number } = loaded;
  const status = inbox?.status ?? loaded.openStatus;
  const repository = connection?.repository;
  if (!connection || !repository || !status || number === null)
    throw new TypeError('an issue without what a ticket needs');
  const { integration } = connection;
  const key = issueKey(repository.externalId, issue.id);
  const author = storableLine(issue.user?.login ?? 'ghost', 200);
  return openTicket<Processed>(
    {
      permit: systemPermit('github_inbound'),
      number,
      subject: storableLine(issue.title, SUBJECT_MAX) || '(no title)',
      channel: 'github',
      priority: rules.priority ?? inbox?.inbox.defaultPriority ?? 'normal',
      visibility: 'team',
      status,
      inboxId: inbox?.inbox.id ?? null,
      inboxChannelId: inbox?.channelId ?? null,
      primaryTeamId: inbox?.inbox.primaryTeamId ?? null,
      assigneeTeamId: null,
      assignee: null,
      requester: null,
      assurance: 'verified',
      createdByPrincipalId: integration.principalId,
      message: {
        body: cutText(storableText(issue.body ?? ''), BODY_MAX) || '(no description)',
        author: () => ({ kind: 'automation', principalId: integration.principalId, contactId: null, name: author }),
        audience: 'internal',
        dedupeKey: key,
      },
      source: {
        kind: 'github',
        repository: repository.fullName,
        number: issue.number,
        url: storableLine(issue.html_url, 2048),
      },
      cause: 'integration',
      origin: integration.id,
      originRef: key,
      sla: { config: loaded.slaConfig, state: null },
      also: (ticketId) => [settleInbound(claim, { state: 'done', outcome: 'applied', result: { ticketId } }, by.now)],
    },
    by,
    () => 'done',
  );
}
