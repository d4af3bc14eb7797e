import type { CompiledSla } from './compiled-sla.ts';
import { conditionFacts, fieldMoved } from './condition-facts.ts';
import type { MatchFacts } from './match-facts.ts';
import { isActive, isSettled, type SlaTicket } from './sla-ticket.ts';

/** One thing that happened to a ticket, as its clocks see it. */
export type SlaFact =
  /** `starts` is false for a ticket born settled, or brought in with its history. */
  | { type: 'created'; starts: boolean }
  | { type: 'restored' }
  | { type: 'unmerged' }
  /** `responded` and `waiting` tell what the same commit brings after this. */
  | { type: 'matched'; responded: boolean; waiting: boolean }
  | { type: 'reopened' }
  | { type: 'responded' }
  | { type: 'waiting' }
  | { type: 'status' }
  | { type: 'settled' }
  | { type: 'deleted' }
  | { type: 'merged' };

export interface TicketDifference {
  before: SlaTicket | null;
  after: SlaTicket;
  message?: { countsAsResponse: boolean } | undefined;
  about?: MatchFacts | undefined;
  aboutBefore?: MatchFacts | undefined;
  startSla?: boolean | undefined;
}

/** The facts of a change, in the order in which clocks take them; derived from the difference alone. */
export function factsOf(change: TicketDifference, config: CompiledSla): SlaFact[] {
  const { before, after } = change;
  if (before === null) return [{ type: 'created', starts: change.startSla !== false && isActive(after) }];
  const facts: SlaFact[] = [];
  const restored = before.deletedAt !== null && after.deletedAt === null;
  const unmerged = before.mergedIntoId !== null && after.mergedIntoId === null;
  const deleted = before.deletedAt === null && after.deletedAt !== null;
  const merged = before.mergedIntoId === null && after.mergedIntoId !== null;
  const responded = change.message?.countsAsResponse === true;
  const waiting = before.customerWaitingSince === null && after.customerWaitingSince !== null;
  if (restored) facts.push({ type: 'restored' });
  if (unmerged) facts.push({ type: 'unmerged' });
  if (restored || unmerged || matchFieldMoved(change, before, config))
    facts.push({ type: 'matched', responded, waiting });
  if (isSettled(before) && isActive(after) && !restored && !unmerged) facts.push({ type: 'reopened' });
  if (responded) facts.push({ type: 'responded' });
  if (waiting) facts.push({ type: 'waiting' });
  if (isActive(after) && before.statusId !== after.statusId) facts.push({ type: 'status' });
  if (deleted) facts.push({ type: 'deleted' });
  else if (merged) facts.push({ type: 'merged' });
  else if (isActive(before) && isSettled(after)) facts.push({ type: 'settled' });
  return facts;
}

function matchFieldMoved(
  { after, about = {}, aboutBefore = about }: TicketDifference,
  before: SlaTicket,
  config: CompiledSla,
): boolean {
  const [was, is] = [conditionFacts(before, aboutBefore), conditionFacts(after, about)];
  return config.matchFields.some((field) => fieldMoved(field, was, is));
}
