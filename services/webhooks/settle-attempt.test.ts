import { describe, expect, test } from 'vitest';
import type { CallResult } from '#services/outbound/call-out.ts';
import type { Claimed } from './claim-deliveries.ts';
import { settleAttempt } from './settle-attempt.ts';

const END = Date.parse('2026-11-25T12:00:00.000Z');
const claimed = (attempt: number): Claimed => ({
  id: 'd',
  target_id: 't',
  event_id: 'e',
  type: 'ticket.created',
  entity_seq: 1,
  previous_seq: null,
  round: 1,
  attempt,
  lease_token: 'l',
  url: 'https://hooks.acme.io/',
  signing: 'hmac',
  secrets: '',
  previous_secrets: null,
  headers: null,
  payload_version: '2026-11-01',
  audience: 'public',
  style: 'full',
  timeout_seconds: 15,
  body: '{}',
  event: null,
});
const times = { startedAt: END - 40, endedAt: END };
const answered = (status: number, headers: Record<string, string> = {}): CallResult => ({
  ...times,
  kind: 'answered',
  status,
  headers: new Headers(headers),
  body: '',
});

describe('the state after an attempt', () => {
  test.each<[string, CallResult, number, string, string, string | null]>([
    ['200', answered(200), 1, 'delivered', 'delivered', null],
    ['204 at the tenth attempt', answered(204), 10, 'delivered', 'delivered', null],
    ['301', answered(301, { location: 'https://good.acme.io/' }), 1, 'redirect', 'retry', null],
    ['410', answered(410), 1, 'gone', 'dead', 'gone'],
    ['404', answered(404), 1, 'http_error', 'retry', null],
    ['500 at the tenth attempt', answered(500), 10, 'http_error', 'dead', 'exhausted'],
    ['timeout', { ...times, kind: 'timeout', status: 200 }, 1, 'timeout', 'retry', null],
    ['network', { ...times, kind: 'network' }, 9, 'network', 'retry', null],
    ['dns', { ...times, kind: 'dns' }, 10, 'dns', 'dead', 'exhausted'],
    ['a private address', { ...times, kind: 'blocked' }, 1, 'blocked', 'retry', null],
    [
      'a URL that breaks a rule now',
      { ...times, kind: 'refused', rule: 'denied_host' },
      1,
      'blocked',
      'dead',
      'url_refused',
    ],
  ])('%s', (_, result, attempt, outcome, state, reason) => {
    const settled = settleAttempt(claimed(attempt), result, 0);
    expect([settled.outcome, settled.state, settled.reason]).toEqual([outcome, state, reason]);
    expect(settled.next_attempt_at === null).toBe(state !== 'retry');
  });
});

test('the next attempt is counted from the end of this one', () => {
  expect(settleAttempt(claimed(1), answered(500), 0).next_attempt_at).toBe('2026-11-25T12:00:05.000Z');
  expect(settleAttempt(claimed(2), answered(500), 0.5).next_attempt_at).toBe('2026-11-25T12:05:30.000Z');
});

test('a receiver that asks for a wait gets it', () => {
  const settled = settleAttempt(claimed(1), answered(503, { 'retry-after': '120' }), 0);
  expect([settled.next_attempt_at, settled.retry_after_seconds]).toEqual(['2026-11-25T12:02:00.000Z', 120]);
});
