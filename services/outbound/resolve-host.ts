import * as z from 'zod';
import type { Outbound } from './outbound.ts';
import { readLimited } from './read-limited.ts';

const PATIENCE_MS = 3000;
const MOST_BYTES = 64 * 1024;
const KEPT_SECONDS = 60;
/** More hosts than endpoints there can be; beyond it the isolate forgets all and asks anew. */
const MOST_HOSTS = 500;

const RECORD_TYPES = { A: 1, AAAA: 28 } as const;
const NO_ERROR = 0;

/** The JSON form of DNS answers that Cloudflare and Google share, as far as it is read. */
const DnsAnswer = z.looseObject({
  Status: z.int(),
  Answer: z.array(z.looseObject({ type: z.int(), TTL: z.number(), data: z.string() })).optional(),
});

/**
 * The addresses of a host, A and AAAA asked in parallel. `undefined` when either question fails, and empty when there is no
 * address at all: both end in outcome `dns`.
 */
export async function resolveHost(
  outbound: Outbound,
  host: string,
  deadline: AbortSignal,
): Promise<readonly string[] | undefined> {
  const kept = outbound.resolved.get(host);
  if (kept !== undefined && kept.until > outbound.now()) return kept.addresses;
  const signal = AbortSignal.any([deadline, AbortSignal.timeout(PATIENCE_MS)]);
  const answers = await Promise.all([ask(outbound, host, 'A', signal), ask(outbound, host, 'AAAA', signal)]);
  const records = answers.filter((answer) => answer !== undefined).flat();
  if (answers.includes(undefined)) return undefined;
  const addresses = records.map((record) => record.data);
  const seconds = Math.min(KEPT_SECONDS, ...records.map((record) => record.TTL));
  if (outbound.resolved.size >= MOST_HOSTS) outbound.resolved.clear();
  if (addresses.length > 0) outbound.resolved.set(host, { addresses, until: outbound.now() + seconds * 1000 });
  return addresses;
}

async function ask(outbound: Outbound, host: string, type: keyof typeof RECORD_TYPES, signal: AbortSignal) {
  const url = new URL(outbound.dohUrl);
  url.searchParams.set('name', host);
  url.searchParams.set('type', type);
  try {
    const response = await outbound.fetch(url.href, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      signal,
    });
    const { text, whole } = await readLimited(response, MOST_BYTES);
    const answer = response.ok && whole ? DnsAnswer.parse(JSON.parse(text)) : undefined;
    if (answer?.Status !== NO_ERROR) return undefined;
    return (answer.Answer ?? []).filter((record) => record.type === RECORD_TYPES[type]);
  } catch {
    // Unreachable, late or not JSON: the name is not resolved, and the attempt says `dns`.
    return undefined;
  }
}
