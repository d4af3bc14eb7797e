import { type Id, isId } from '#schema/ids.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';
import { addressOf } from './middleware/arrival.ts';

const USER_AGENT_CHARACTERS = 512;

/** Where a request came from, as audit and events tell it. Nothing here is trusted for a decision. */
export function requestFacts(request: Request, requestId: Id<'req'>): RequestFacts {
  const country = (request as { cf?: { country?: string } }).cf?.country;
  const cause = request.headers.get('mallard-causation');
  return {
    requestId,
    surface: 'api',
    ip: addressOf(request),
    country: country ?? null,
    userAgent: request.headers.get('user-agent')?.slice(0, USER_AGENT_CHARACTERS) ?? null,
    claimedCause: isId('evt', cause) ? cause : undefined,
    causation: null,
  };
}
