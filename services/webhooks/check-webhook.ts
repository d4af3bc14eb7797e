import type { CreateWebhookInput } from '#schema/api/webhooks.ts';
import { type ErrorDetails, type Reason, ServiceError } from '#schema/errors.ts';
import type { Authority } from '#services/access/authority.ts';
import type { TargetPolicy } from '#services/outbound/target-policy.ts';
import { brokenUrlRule } from '#services/outbound/url-rule.ts';
import { isWithin } from './audience.ts';
import { covers } from './covers.ts';
import { EVENTS, isEventType, isTypeName, isWildcard, PAYLOAD_VERSIONS } from './event-types.ts';
import { headerProblem } from './own-headers.ts';

const MOST_HEADERS = 10;

type Wanted = Pick<CreateWebhookInput, 'types' | 'audience'> & {
  inboxIds: NonNullable<CreateWebhookInput['inboxIds']> | null;
  teamIds: NonNullable<CreateWebhookInput['teamIds']> | null;
};

/**
 * Nobody points at themselves what they may not see: each named type, at each audience it would arrive with, is covered by
 * the caller. Wildcards mean what is covered, now and later. @throws ServiceError forbidden `exceeds_ceiling` with the pairs.
 */
export function requireCovered(authority: Authority, wanted: Wanted): void {
  const pairs = wanted.types
    .filter(isEventType)
    .flatMap((type) =>
      EVENTS[type].audiences
        .filter((audience) => isWithin(audience, wanted.audience) && !covers(authority, wanted, type, audience))
        .map((audience) => ({ type, audience })),
    );
  if (pairs.length === 0) return;
  const detail = `You may not see ${pairs.map(({ type, audience }) => `${type} (${audience})`).join(', ')}.`;
  throw new ServiceError('forbidden', detail, { reason: 'exceeds_ceiling', extra: { pairs } });
}

/** @throws ServiceError unprocessable `unknown_type`, `audience_excludes_type`, `wildcard_by_key`. */
export function requireTypes({ types, audience }: Wanted, byKey: boolean): void {
  const unknown = types.filter((name) => !isTypeName(name));
  if (unknown.length > 0)
    throw refused('unknown_type', `There is no event type ${unknown.join(', ')}.`, { types: unknown });
  const excluded = types.filter(
    (name) => isEventType(name) && !EVENTS[name].audiences.some((each) => isWithin(each, audience)),
  );
  if (excluded.length > 0) {
    throw refused('audience_excludes_type', `Never told to the audience ${audience}: ${excluded.join(', ')}.`, {
      types: excluded,
    });
  }
  if (byKey && types.some(isWildcard)) {
    throw refused('wildcard_by_key', 'A key names types one by one: a wildcard grows with what its creator may see.');
  }
}

/** @throws ServiceError unprocessable `url_refused` with the broken rule. */
export function requireTarget(url: string, policy: TargetPolicy): void {
  const rule = brokenUrlRule(url, policy);
  if (rule === undefined) return;
  throw refused('url_refused', `This address cannot be a target: ${rule.replaceAll('_', ' ')}.`, { rule });
}

/** @throws ServiceError unprocessable `unknown_version`. */
export function requireVersionKnown(version: string): void {
  if (PAYLOAD_VERSIONS.includes(version)) return;
  throw refused('unknown_version', `There is no payload version ${version}.`, { versions: PAYLOAD_VERSIONS });
}

/** @throws ServiceError unprocessable `header_refused`. */
export function requireHeaders(headers: Readonly<Record<string, string>>): void {
  const entries = Object.entries(headers);
  const [problem] =
    entries.length > MOST_HEADERS
      ? [`At most ${MOST_HEADERS} headers.`]
      : entries.map(([name, value]) => headerProblem(name, value)).filter((each) => each !== undefined);
  const twice = new Set(entries.map(([name]) => name.toLowerCase())).size < entries.length;
  if (problem !== undefined || twice) throw refused('header_refused', problem ?? 'A header is named twice.');
}

/** @throws ServiceError unprocessable `out_of_range`. */
export function requireRanges(input: Pick<CreateWebhookInput, 'maxInFlight' | 'timeoutSeconds'>): void {
  requireBetween('maxInFlight', input.maxInFlight, 1, 20);
  requireBetween('timeoutSeconds', input.timeoutSeconds, 5, 30);
}

function requireBetween(field: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  const detail = `${field} lies outside ${min} to ${max}.`;
  throw refused('out_of_range', detail, {}, [{ in: 'body', pointer: `/${field}`, code: 'out_of_range', detail }]);
}

export const refused = (
  reason: Reason,
  detail: string,
  extra: Record<string, unknown> = {},
  errors?: ErrorDetails['errors'],
): ServiceError =>
  new ServiceError('unprocessable', detail, { reason, extra, ...(errors === undefined ? {} : { errors }) });
