import { ERROR_STATUS, ServiceError } from '#schema/errors.ts';
import { ERROR_TITLES } from '#schema/problem-guide/titles.ts';

/** A refusal as `application/problem+json` (RFC 9457). An unexpected error tells nothing but the request id. */
export function problemOf(
  error: unknown,
  at: { origin: string; path: string; requestId: string; credentialSent: boolean },
): Response {
  const known =
    error instanceof ServiceError
      ? error
      : new ServiceError('internal', 'The request failed; its id finds the log entry.');
  const { code, details } = known;
  const body = {
    type: `${at.origin}/docs/errors/${code}`,
    title: ERROR_TITLES[code],
    status: ERROR_STATUS[code],
    code,
    ...(details.reason === undefined ? {} : { reason: details.reason }),
    detail: known.message,
    instance: at.path,
    requestId: at.requestId,
    ...(details.errors === undefined ? {} : { errors: details.errors }),
    ...details.extra,
  };
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (details.retryAfterSeconds !== undefined) headers.set('retry-after', String(details.retryAfterSeconds));
  if (code === 'unauthenticated') headers.set('www-authenticate', challenge(at.credentialSent));
  if (code === 'forbidden' && Array.isArray(details.extra?.required)) {
    headers.set(
      'www-authenticate',
      `Bearer realm="mallard", error="insufficient_scope", scope="${details.extra.required.join(' ')}"`,
    );
  }
  if (code === 'method_not_allowed' && Array.isArray(details.extra?.allow))
    headers.set('allow', details.extra.allow.join(', '));
  return new Response(JSON.stringify(body), { status: body.status, headers });
}

/** RFC 6750 §3: the error attribute only when a credential was sent. */
const challenge = (sent: boolean): string => `Bearer realm="mallard"${sent ? ', error="invalid_token"' : ''}`;
