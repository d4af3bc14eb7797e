import { ServiceError } from '#schema/errors.ts';
import { type Credential, unauthenticated } from '#services/access/credential.ts';
import { runIdentityVerb } from '#services/kernel/run-identity-verb.ts';
import { type Kernel, type Outcome, runVerb } from '#services/kernel/run-verb.ts';
import type { FarSide } from '#services/kernel/verb.ts';
import { answerDry } from './answer-dry.ts';
import type { Arrived } from './arrived.ts';
import { checkAnswer } from './check-answer.ts';
import type { Env } from './env.ts';
import { issuerKeys } from './issuer-keys.ts';
import { makeKernel } from './kernel.ts';
import { credentialOf } from './middleware/authenticate.ts';
import { bodyText, describedFile, idempotencyOf } from './middleware/idempotency-key.ts';
import { versionGuardOf } from './middleware/if-match.ts';
import { spendArrival, spendWorkspace } from './middleware/rate-limit.ts';
import { JSON_BYTES, readJson } from './middleware/read-json.ts';
import { NO_FIELDS, queryOf, validate } from './middleware/validate.ts';
import { fileStore } from './object-store.ts';
import { makeOutbound } from './outbound.ts';
import { requestFacts } from './request-facts.ts';
import { takesDryRun } from './routes/dry-run.ts';
import type { IdentityRoute, StaffRoute } from './routes/route.ts';
import { timingOf } from './timing.ts';

/** Parse, call the route's one verb, translate. What is malformed is refused before the database is asked anything. */
export async function answerStaff(
  route: StaffRoute | IdentityRoute,
  { request, params, requestId, env, context }: Arrived,
): Promise<Response> {
  const credential = credentialOf(request, env.PUBLIC_ORIGIN);
  await spendArrival(env, request, route);
  const url = new URL(request.url);
  const body = await bodyOf(route, request);
  const [parsedParams, parsedQuery, parsedBody] = validate([
    { in: 'path', schema: route.params, value: params },
    { in: 'query', schema: route.query ?? NO_FIELDS, value: queryOf(url.searchParams) },
    { in: 'body', schema: route.body, value: body === undefined ? {} : body },
  ]);
  const version = (body as { version?: unknown } | null | undefined)?.version;
  const ifMatch = versionGuardOf(request.headers.get('if-match'), version, route.version ?? 'none');
  const isDry = takesDryRun(route) && (parsedQuery as { dryRun?: boolean }).dryRun === true;
  const idempotency = isDry
    ? undefined
    : idempotencyOf(route, {
        header: request.headers.get('idempotency-key'),
        path: url.pathname,
        query: parsedQuery,
        body: route.kind === 'staff' && route.raw ? describedFile(request.headers) : body,
      });
  const kernel = makeKernel(env, context, requestFacts(request, requestId));
  const raw = { headers: request.headers, bytes: request.body };
  const asked = { params: parsedParams, query: parsedQuery, body: parsedBody, ifMatch, raw } as Parameters<
    StaffRoute['input']
  >[0];
  const input = route.input(asked) as never;
  const far = {
    issuerKeys: issuerKeys(env),
    outbound: makeOutbound(env),
    publicOrigin: env.PUBLIC_ORIGIN,
    files: fileStore(env),
    filesOrigin: env.FILES_ORIGIN ?? env.PUBLIC_ORIGIN,
  };
  if (isDry && route.kind === 'staff')
    return answerDry(route, kernel, input, { credential, far, onProven: () => spendWorkspace(env) }, env);
  const outcome =
    route.kind === 'identity'
      ? await asIdentity(kernel, route, input, { credential, far })
      : await runVerb(kernel, route.verb, input, {
          credential,
          idempotency,
          far,
          onProven: () => spendWorkspace(env),
        });
  return answered(route, outcome, env, kernel.db.spent);
}

/** A key is nobody in person, so it proves no identity. */
async function asIdentity(
  kernel: Kernel,
  { verb }: IdentityRoute,
  input: never,
  { credential, far }: { credential: Credential; far: FarSide },
): Promise<Outcome<unknown>> {
  if (credential.kind !== 'person') throw unauthenticated();
  return { kind: 'done', output: await runIdentityVerb(kernel, verb, input, { credential, far }) };
}

async function bodyOf(route: StaffRoute | IdentityRoute, request: Request): Promise<unknown> {
  if (route.kind === 'staff' && route.raw) return undefined;
  const body =
    request.method === 'GET' || request.method === 'HEAD'
      ? undefined
      : await readJson(request, route.bodyLimit ?? JSON_BYTES);
  if (route.body === undefined && body !== undefined) {
    throw new ServiceError('invalid_request', 'This request takes no body.', { reason: 'unexpected_body' });
  }
  return body;
}

function answered(
  route: StaffRoute | IdentityRoute,
  outcome: Outcome<unknown>,
  env: Env,
  spent: Kernel['db']['spent'],
): Response {
  const timing = timingOf(env, spent);
  if (outcome.kind === 'replay') {
    const { status, headers, body, requestId } = outcome.answer;
    const replayed = { 'idempotency-replayed': 'true', 'original-request-id': requestId };
    return new Response(body, { status, headers: { ...contentType(body), ...headers, ...replayed, ...timing } });
  }
  const answer = route.answer(outcome.output as never);
  if (env.CHECK_ANSWERS === 'true') checkAnswer(route, answer);
  const body = bodyText(answer);
  return new Response(body, {
    status: Number(answer.status),
    headers: { ...contentType(body), ...answer.headers, ...timing },
  });
}

const contentType = (body: string | null): Record<string, string> =>
  body === null ? {} : { 'content-type': 'application/json' };
