import { isGlobalAddress } from './address-rule.ts';
import type { Outbound } from './outbound.ts';
import { readLimited } from './read-limited.ts';
import { resolveHost } from './resolve-host.ts';
import { isLocalTarget } from './target-policy.ts';
import { brokenUrlRule, type UrlRule } from './url-rule.ts';

const MOST_BODY_BYTES = 4096;

export interface OutgoingCall {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  /** From the DNS question to the last byte read. */
  timeoutSeconds: number;
  /** How much of the answer is read; 4 KiB unless said. */
  mostBytes?: number;
}

/** How a call ended. A status is an answer, whatever it is; redirects are answers and never followed. */
export type CallResult = { startedAt: number; endedAt: number } & (
  | { kind: 'answered'; status: number; headers: Headers; body: string }
  /** The head came, the rest did not before the deadline. */
  | { kind: 'timeout'; status: number | null }
  | { kind: 'refused'; rule: UrlRule }
  | { kind: 'blocked' | 'dns' | 'network' }
);

/**
 * One guarded request to an address that a user typed: URL rule, address rule, then `fetch` under one deadline, at most
 * 4 KiB of the answer read, nothing of ours sent along. A name may still change between check and connect, which `fetch`
 * cannot pin; the platform's public-only egress is the last wall.
 */
export async function callOut(outbound: Outbound, call: OutgoingCall): Promise<CallResult> {
  const startedAt = outbound.now();
  const ended = <R extends object>(result: R) => ({ ...result, startedAt, endedAt: outbound.now() });
  const rule = brokenUrlRule(call.url, outbound.policy);
  if (rule !== undefined) return ended({ kind: 'refused', rule });
  const deadline = AbortSignal.timeout(call.timeoutSeconds * 1000);
  const wall = await addressWall(outbound, new URL(call.url), deadline);
  if (wall !== undefined) return ended(deadline.aborted ? { kind: 'timeout', status: null } : { kind: wall });
  return ended(await request(outbound, call, deadline));
}

async function addressWall(
  outbound: Outbound,
  url: URL,
  deadline: AbortSignal,
): Promise<'blocked' | 'dns' | undefined> {
  if (outbound.dohUrl === '' || isLocalTarget(url, outbound.policy)) return undefined;
  const addresses = await resolveHost(outbound, url.hostname.replace(/\.$/, ''), deadline);
  if (addresses === undefined || addresses.length === 0) return 'dns';
  return addresses.every(isGlobalAddress) ? undefined : 'blocked';
}

async function request(
  outbound: Outbound,
  { url, method, headers, body, mostBytes }: OutgoingCall,
  deadline: AbortSignal,
) {
  let status: number | null = null;
  try {
    const init = { method, headers, redirect: 'manual', signal: deadline } as const;
    const response = await outbound.fetch(url, body === undefined ? init : { ...init, body });
    status = response.status;
    const { text } = await readLimited(response, mostBytes ?? MOST_BODY_BYTES);
    return { kind: 'answered', status, headers: response.headers, body: text } as const;
  } catch {
    return deadline.aborted ? ({ kind: 'timeout', status } as const) : ({ kind: 'network' } as const);
  }
}
