import { accessReasons } from './access.ts';
import type { ReasonGuide } from './entry.ts';
import { integrationReasons } from './integrations.ts';
import { platformReasons } from './platform.ts';
import { slaReasons } from './sla.ts';
import { ticketReasons } from './tickets.ts';

/**
 * What to do about each reason, for the pages under `/docs/errors` and the OpenAPI document. A route may declare only
 * reasons that stand here.
 */
export const REASON_GUIDE: ReasonGuide = {
  ...platformReasons,
  ...accessReasons,
  ...ticketReasons,
  ...slaReasons,
  ...integrationReasons,
};
