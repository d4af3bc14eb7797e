import type { Credential } from '#services/access/credential.ts';
import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import { createBusinessHours } from '#services/sla/create-business-hours.ts';
import { createSlaPolicy } from '#services/sla/create-sla-policy.ts';

export const URGENT_FIRST_RESPONSE_SECONDS = 3600;

const HOUR_S = 3600;
const OFFICE = [{ start: '09:00', end: '17:00' }];

/** What the demo desk promises: urgent cases an answer within the hour, the others within a working day's hours. */
export async function makePromises(kernel: Kernel, credential: Credential): Promise<void> {
  const hours = await runVerb(
    kernel,
    createBusinessHours,
    {
      name: 'Hamburg office',
      timeZone: 'Europe/Berlin',
      weekly: { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE, sat: [], sun: [] },
    },
    { credential },
  );
  if (hours.kind !== 'done') throw new TypeError('the demo sends no idempotency key');
  const calendarIds = [hours.output.id];
  await runVerb(
    kernel,
    createSlaPolicy,
    {
      name: 'Urgent, round the clock',
      conditions: { field: 'ticket.priority', op: 'is', value: 'urgent' },
      targets: [
        { metric: 'first_response', targetSeconds: URGENT_FIRST_RESPONSE_SECONDS, warnBeforeSeconds: 900 },
        { metric: 'next_response', targetSeconds: 2 * HOUR_S },
        { metric: 'total_resolution', targetSeconds: 24 * HOUR_S },
      ],
    },
    { credential },
  );
  await runVerb(
    kernel,
    createSlaPolicy,
    {
      name: 'Office hours',
      targets: [
        { metric: 'first_response', priority: 'high', targetSeconds: 2 * HOUR_S, warnBeforeSeconds: 1800, calendarIds },
        { metric: 'first_response', targetSeconds: 4 * HOUR_S, warnBeforeSeconds: 1800, calendarIds },
        { metric: 'next_response', targetSeconds: 8 * HOUR_S, calendarIds },
        { metric: 'first_resolution', targetSeconds: 24 * HOUR_S, calendarIds },
      ],
    },
    { credential },
  );
}
