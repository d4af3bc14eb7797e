import { newId } from '#schema/ids.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';
import { idSource } from './id-source.ts';

/** Work that nobody asked for over HTTP: it has an id of its own and no address. */
export const backgroundFacts = (surface: 'queue' | 'cron' | 'mail'): RequestFacts => ({
  requestId: newId(idSource(), 'req'),
  surface,
  ip: null,
  country: null,
  userAgent: null,
  causation: null,
});
