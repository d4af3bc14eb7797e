import type { Id } from '#schema/ids.ts';
import type { Context, Env } from './env.ts';

/** A request at its route, before anything of it is read. */
export interface Arrived {
  request: Request;
  params: Record<string, string>;
  requestId: Id<'req'>;
  env: Env;
  context: Context;
}
