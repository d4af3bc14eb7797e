const SECURITY: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  vary: 'Authorization, Origin',
};

const EXPOSED = 'ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotency-Replayed';

/** Cross-origin reads are closed: only origins named in `CORS_ORIGINS` are echoed, never `*`, never with credentials. */
export function corsHeaders(origin: string | null, allowed: string | undefined): Record<string, string> {
  const listed = (allowed ?? '').split(',').map((each) => each.trim());
  if (origin === null || !listed.includes(origin)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
}

/** The answer to a preflight of a listed origin; for others the same without permission. */
export const preflight = (cors: Record<string, string>): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...cors,
      ...(cors['access-control-allow-origin'] === undefined
        ? {}
        : {
            'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
            'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-match, mallard-causation',
            'access-control-max-age': '7200',
          }),
    },
  });

/** Headers that every answer has, errors too. */
export function finish(response: Response, requestId: string, cors: Record<string, string>): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries({ ...SECURITY, ...cors }))
    if (!headers.has(name)) headers.set(name, value);
  headers.set('x-request-id', requestId);
  return new Response(response.body, { status: response.status, headers });
}
