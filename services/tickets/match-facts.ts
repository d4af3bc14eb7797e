import type { MatchFacts } from '#services/sla/match-facts.ts';
import type { TicketRow } from './ticket-queries.ts';

/** What the conditions of policies may ask about a ticket beside its own row. */
export const matchFactsOf = ({ tags, requesterName }: TicketRow): MatchFacts => ({
  tags: tags.map(({ id }) => id),
  requester: { name: requesterName },
});
