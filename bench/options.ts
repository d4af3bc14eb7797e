import { parseArgs } from 'node:util';

export const PARTS = ['access', 'lists', 'bulk', 'http', 'sla', 'deliveries', 'calendar', 'startup'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  tickets: number;
  /** As many as are imported; those that tickets need are there before. */
  contacts: number;
  clients: readonly number[];
  /** Milliseconds that each round trip to the database takes longer. */
  rtt: readonly number[];
  /** How long each cell is measured. */
  seconds: number;
  parts: readonly Part[];
}

const DEFAULTS = { tickets: '10000', contacts: '2000', clients: '1,8,32', rtt: '0,5,30', seconds: '2' };
/** Fewer tickets than this leave the clients no ticket of their own, and what is measured is who waits for whom. */
const FEWEST_TICKETS = 1000;
const MOST_TICKETS = 1_000_000;
const MOST_CONTACTS = 100_000;
const MOST_CLIENTS = 128;
const LONGEST_RTT_MS = 500;
const LONGEST_CELL_S = 60;

/** Options of `npm run bench`. @throws Error in words for people. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tickets: { type: 'string', default: DEFAULTS.tickets },
      contacts: { type: 'string', default: DEFAULTS.contacts },
      clients: { type: 'string', default: DEFAULTS.clients },
      rtt: { type: 'string', default: DEFAULTS.rtt },
      seconds: { type: 'string', default: DEFAULTS.seconds },
      only: { type: 'string', multiple: true },
    },
  });
  const only = (values.only ?? []).flatMap((names) => names.split(','));
  const unknown = only.find((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--only takes ${PARTS.join(', ')}; not "${unknown}".`);
  return {
    tickets: numberIn('--tickets', values.tickets, FEWEST_TICKETS, MOST_TICKETS),
    contacts: numberIn('--contacts', values.contacts, 1, MOST_CONTACTS),
    clients: values.clients.split(',').map((text) => numberIn('--clients', text, 1, MOST_CLIENTS)),
    rtt: values.rtt.split(',').map((text) => numberIn('--rtt', text, 0, LONGEST_RTT_MS)),
    seconds: numberIn('--seconds', values.seconds, 1, LONGEST_CELL_S),
    parts: only.length === 0 ? PARTS : PARTS.filter((part) => only.includes(part)),
  };
}

function numberIn(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${option} takes whole numbers from ${least} to ${most}, not "${text}".`);
}
