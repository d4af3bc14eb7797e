import type { Arrived } from './arrived.ts';
import { checkAnswer } from './check-answer.ts';
import { makeKernel } from './kernel.ts';
import { bodyText } from './middleware/idempotency-key.ts';
import { spendArrival } from './middleware/rate-limit.ts';
import { JSON_BYTES, jsonOf, readBytes, requireMediaType } from './middleware/read-json.ts';
import { NO_FIELDS, queryOf, validate } from './middleware/validate.ts';
import { requestFacts } from './request-facts.ts';
import type { PublicRoute } from './routes/route.ts';

/** A route without staff credential: its handler checks the signature over the raw bytes, or there is nothing to check. */
export async function answerPublic(
  route: PublicRoute,
  { request, params, requestId, env, context }: Arrived,
): Promise<Response> {
  await spendArrival(env, request, route);
  const url = new URL(request.url);
  if (route.bytes !== undefined) requireMediaType(request, route.bytes.contentTypes);
  const taken = route.bytes === undefined && route.body === undefined ? undefined : (route.bodyLimit ?? JSON_BYTES);
  const bytes = taken === undefined ? new Uint8Array() : await readBytes(request, taken);
  const [parsedParams, query] = validate([
    { in: 'path', schema: route.params, value: params },
    { in: 'query', schema: route.query ?? NO_FIELDS, value: queryOf(url.searchParams) },
  ]) as [Record<string, unknown> | undefined, Record<string, unknown> | undefined];
  const kernel = makeKernel(env, context, requestFacts(request, requestId));
  const answer = await route.handle(kernel, {
    params: parsedParams ?? {},
    query: query ?? {},
    headers: request.headers,
    bytes,
    readBody() {
      requireMediaType(request, ['application/json']);
      return validate([{ in: 'body', schema: route.body, value: jsonOf(bytes) }])[0];
    },
    env,
  });
  if (env.CHECK_ANSWERS === 'true') checkAnswer(route, answer);
  const body = bodyText(answer);
  const type = body === null ? {} : { 'content-type': 'application/json' };
  return new Response(answer.stream ?? body, {
    status: Number(answer.status),
    headers: { ...type, ...answer.headers, 'server-timing': `db;desc="${kernel.db.spent.trips}"` },
  });
}
