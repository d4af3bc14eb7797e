import { Hono, type Context as HonoContext } from 'hono';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { answerPublic } from './answer-public.ts';
import { answerStaff } from './answer-staff.ts';
import type { Context, Env } from './env.ts';
import { idSource } from './id-source.ts';
import { logFailure } from './log.ts';
import { presentsCredential } from './middleware/arrival.ts';
import { isServedAt } from './middleware/files-origin.ts';
import { corsHeaders, finish, preflight } from './middleware/headers.ts';
import { problemOf } from './middleware/problem.ts';
import { authFailureBeyond, limitHeaders } from './middleware/rate-limit.ts';
import { type Mounted, mounted } from './mounted.ts';

type App = { Bindings: Env; Variables: { requestId: Id<'req'>; kind: Mounted['kind'] } };

const MAX_URL_CHARACTERS = 8192;

/** The HTTP door: what every request passes, in order, then the mount table made from the registry. */
export function createApp(): Hono<App> {
  const app = new Hono<App>({ strict: true });

  app.use(async (c, next) => {
    c.set('requestId', newId(idSource(), 'req'));
    if (!isServedAt(c.req.raw.url, c.req.path, c.env)) throw nothingHere();
    const cors = corsHeaders(c.req.header('origin') ?? null, c.env.CORS_ORIGINS);
    if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
      c.res = finish(preflight(cors), c.get('requestId'), cors);
      return;
    }
    if (c.req.raw.url.length > MAX_URL_CHARACTERS) {
      throw new ServiceError('invalid_request', 'The address is longer than 8 KiB.', { reason: 'url_too_long' });
    }
    await next();
  });

  for (const [path, those] of Map.groupBy(mounted, ({ path }) => path)) mount(app, path, those);

  app.notFound(() => {
    throw nothingHere();
  });

  app.onError(async (thrown, c) => {
    const error = await afterAuthFailure(thrown, c);
    const requestId = c.get('requestId');
    const at = {
      origin: c.env.PUBLIC_ORIGIN,
      path: new URL(c.req.url).pathname,
      requestId,
      credentialSent: presentsCredential(c.req.raw),
    };
    if (!(error instanceof ServiceError))
      logFailure('request failed', error, { requestId, method: c.req.method, path: at.path });
    const kind = c.get('kind') ?? 'public';
    return withHeaders(problemOf(error, at), { 'x-request-id': requestId, ...limitHeaders(c.env, kind, error) });
  });

  return app;
}

const nothingHere = (): ServiceError =>
  new ServiceError('not_found', 'There is no such thing here, or you may not see it.');

/** `fetch` of the Worker: the app's answer with the headers that all answers have. */
export async function answer(app: Hono<App>, request: Request, env: Env, context: Context): Promise<Response> {
  const response = await app.fetch(request, env, context as ExecutionContextLike);
  const requestId = response.headers.get('x-request-id') ?? newId(idSource(), 'req');
  return finish(response, requestId, corsHeaders(request.headers.get('origin'), env.CORS_ORIGINS));
}

type ExecutionContextLike = Parameters<Hono<App>['fetch']>[2];

function mount(app: Hono<App>, path: string, those: readonly Mounted[]): void {
  const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
  for (const route of those) app.on(route.method, pattern, (c) => respond(c, route));
  app.all(pattern, (c) => {
    const get = those.find((route) => route.method === 'GET');
    if (c.req.method === 'HEAD' && get !== undefined) return respond(c, get);
    const allow = [...those.map((route) => route.method), ...(get === undefined ? [] : ['HEAD'])];
    throw new ServiceError('method_not_allowed', `This path takes ${allow.join(', ')}.`, { extra: { allow } });
  });
}

const respond = async (c: HonoContext<App>, { kind, load }: Mounted): Promise<Response> => {
  c.set('kind', kind);
  const route = await load();
  const at = {
    request: c.req.raw,
    params: c.req.param(),
    requestId: c.get('requestId'),
    env: c.env,
    context: c.executionCtx,
  };
  const response = await (route.kind === 'public' ? answerPublic(route, at) : answerStaff(route, at));
  return withHeaders(response, { 'x-request-id': at.requestId, ...limitHeaders(c.env, kind) });
};

/** Guessing has an allowance: beyond it a refused credential is a 429. */
async function afterAuthFailure(error: Error, c: HonoContext<App>): Promise<Error> {
  if (!(error instanceof ServiceError) || error.code !== 'unauthenticated') return error;
  return (await authFailureBeyond(c.env, c.req.raw)) ?? error;
}

/** Header, problem, log, audit and events of one request carry one id. */
function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
