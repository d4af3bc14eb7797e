import { sql } from 'drizzle-orm';
import { openDeadLetters } from '#services/kernel/open-dead-letters.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import type { InboundClaim } from './claim-inbound.ts';
import { settleInbound } from './settle-inbound.ts';

const WORK = {
  github: { kind: 'github_inbound', queue: 'github' },
  mail: { kind: 'mail_inbound', queue: 'email' },
} as const;

/** Ends a delivery that nothing will cure by itself, and lists it for a person, who may replay it. */
export function buryInbound(source: keyof typeof WORK, claim: InboundClaim, reason: string, now: Date): Statement[] {
  const { kind, queue } = WORK[source];
  const found = sql`select ${kind}::text as kind, ${claim.id}::text as ref_id, ${queue}::text as queue,
    ${JSON.stringify({ reason })}::jsonb as detail`;
  return [settleInbound(claim, { state: 'dead', outcome: 'dead', reason }, now), run(openDeadLetters(found, now))];
}
