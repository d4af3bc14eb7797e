import type { Env } from '../env.ts';

const FILES = /^\/files(\/|$)/;
const HEALTH = /^\/health(\/|$)/;

/**
 * Whether this path is served at this host. Files of strangers stay on an origin of their own where there is one: they
 * open nowhere else, and nothing else opens there. `path` is as the router sees it.
 */
export function isServedAt(url: string, path: string, { FILES_ORIGIN, PUBLIC_ORIGIN }: Env): boolean {
  if (FILES_ORIGIN === undefined || FILES_ORIGIN === '') return true;
  const files = new URL(FILES_ORIGIN).host;
  if (files === new URL(PUBLIC_ORIGIN).host) return true;
  return new URL(url).host === files ? FILES.test(path) || HEALTH.test(path) : !FILES.test(path);
}
