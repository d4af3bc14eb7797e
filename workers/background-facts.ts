import { newId } from '#schema/ids.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';
import { newRequestIds } from './kernel.ts';

/** Work that nobody asked for over HTTP: it has an id of its own and no address. */
export const backgroundFacts = (surface: 'queue' | 'cron' | 'mail'): RequestFacts => ({
  requestId: newId(newRequestIds(), 'req'),
  surface,
  ip: null,
  country: null,
  userAgent: null,
  causation: null,
});
