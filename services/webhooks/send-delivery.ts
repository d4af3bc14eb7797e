import * as z from 'zod';
import { uuidToId } from '#schema/ids.ts';
import { type CallResult, callOut } from '#services/outbound/call-out.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { open } from '#services/secrets/seal.ts';
import type { Claimed } from './claim-deliveries.ts';
import { keptOf } from './exchange.ts';
import { hostOf } from './mask-url.ts';
import type { Attempted } from './record-attempts.ts';
import { settleAttempt } from './settle-attempt.ts';
import { SigningSecrets, signatureOf } from './signing.ts';

const USER_AGENT = 'Mallard-Webhooks/1';
const OwnHeaders = z.record(z.string(), z.string());

/**
 * One attempt: opens the endpoint's secrets, signs these very bytes, posts them behind the guard, and says what became of
 * it. Secrets stay in this call's memory. @param random uniform in [0, 1).
 */
export async function sendDelivery(
  at: { outbound: Outbound; keys: KeyRing },
  claimed: Claimed,
  body: string,
  random: number,
): Promise<Attempted> {
  const webhookId = uuidToId('whk', claimed.target_id);
  const sealed = (column: string, text: string | null): unknown =>
    text === null
      ? undefined
      : parsed(open(at.keys, { table: 'webhooks', rowId: webhookId, column, purpose: purposeOf(column) }, text));
  const secrets = [sealed('secrets', claimed.secrets), sealed('secrets', claimed.previous_secrets)].flatMap((each) =>
    each === undefined ? [] : [SigningSecrets.parse(each)],
  );
  const own = OwnHeaders.parse(sealed('headers', claimed.headers) ?? {});
  const timestamp = Math.floor(at.outbound.now() / 1000);
  const eventId = uuidToId('evt', claimed.event_id);
  const result = await callOut(at.outbound, {
    url: claimed.url,
    method: 'POST',
    headers: {
      ...own,
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secrets, eventId, timestamp, body),
      'mallard-delivery': uuidToId('dlv', claimed.id),
      'mallard-attempt': String(claimed.attempt),
      'mallard-event': claimed.type,
      'mallard-sequence': String(claimed.entity_seq),
      ...(claimed.previous_seq === null ? {} : { 'mallard-previous-sequence': String(claimed.previous_seq) }),
      'mallard-version': claimed.payload_version,
    },
    body,
    timeoutSeconds: claimed.timeout_seconds,
  });
  return attempted(claimed, result, body, Object.values(own), random);
}

const attempted = (
  claimed: Claimed,
  result: CallResult,
  body: string,
  own: readonly string[],
  random: number,
): Attempted => ({
  ...settleAttempt(claimed, result, random),
  request_bytes: Buffer.byteLength(body),
  // Its column holds a name without a port.
  url_host: hostOf(claimed.url).slice(0, 253),
  ...keptOf(result, own),
});

// Secrets of the overlap were sealed as the present ones and keep that place.
const purposeOf = (column: string) => (column === 'headers' ? 'webhook-headers' : 'webhook-secret');

function parsed(text: string | undefined): unknown {
  if (text === undefined) throw new Error('a sealed value of an endpoint does not open');
  return JSON.parse(text);
}
