import type { TargetPolicy } from './target-policy.ts';

/** The far side of the network, handed in by the door: the platform's `fetch`, its clock, and the rules of this place. */
export interface Outbound {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Milliseconds since the epoch; the platform may stop it between requests. */
  now(): number;
  policy: TargetPolicy;
  /** DNS over HTTPS with JSON answers; empty turns the address rule off. */
  dohUrl: string;
  /** Addresses by host, kept for a minute at most. One per isolate. */
  resolved: Map<string, ResolvedHost>;
}

export interface ResolvedHost {
  addresses: readonly string[];
  /** Milliseconds since the epoch. */
  until: number;
}

/** Requests of one invocation that wait for headers; the platform queues a seventh. */
export const MOST_AT_ONCE = 6;

/** Runs `work` over all items, at most `MOST_AT_ONCE` at a time, and keeps their order. */
export async function atMostSix<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, items.length) }, lane));
  return results;
}
