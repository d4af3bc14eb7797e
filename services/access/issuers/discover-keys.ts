import * as z from 'zod';
import { ServiceError } from '#schema/errors.ts';
import type { ISSUER_KINDS, ValueOf } from '#schema/values.ts';
import { callOut } from '#services/outbound/call-out.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import { requireReachable } from './issuer-rules.ts';

const PATIENCE_SECONDS = 5;
const MOST_BYTES = 64 * 1024;

const ProviderMetadata = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }).max(2048) });

/**
 * Where the keys of an issuer are: for Cloudflare Access by its own rule, else by OpenID Connect Discovery 1.0 §4, once,
 * when the issuer comes to be trusted.
 * @throws ServiceError unprocessable `url_refused`, or without reason when what it publishes is not about this issuer;
 *   unavailable `issuer_unreachable`.
 */
export async function discoverKeys(
  outbound: Outbound,
  { issuer, kind }: { issuer: string; kind: ValueOf<typeof ISSUER_KINDS> },
): Promise<string> {
  requireReachable(issuer, '/issuer', outbound.policy);
  const base = issuer.replace(/\/$/, '');
  if (kind === 'cloudflare_access') return `${base}/cdn-cgi/access/certs`;
  const result = await callOut(outbound, {
    url: `${base}/.well-known/openid-configuration`,
    method: 'GET',
    headers: { accept: 'application/json' },
    timeoutSeconds: PATIENCE_SECONDS,
    mostBytes: MOST_BYTES,
  });
  if (result.kind !== 'answered' || result.status !== 200) {
    throw new ServiceError('unavailable', 'The issuer does not publish its configuration, or is out of reach.', {
      reason: 'issuer_unreachable',
      retryAfterSeconds: PATIENCE_SECONDS,
    });
  }
  const metadata = ProviderMetadata.safeParse(asJson(result.body));
  if (!metadata.success || metadata.data.issuer !== issuer) {
    const detail = 'What this address publishes is not the configuration of this issuer.';
    throw new ServiceError('unprocessable', detail, {
      errors: [{ in: 'body', pointer: '/issuer', code: 'not_an_issuer', detail }],
    });
  }
  requireReachable(metadata.data.jwks_uri, '/issuer', outbound.policy);
  return metadata.data.jwks_uri;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no configuration.
    return undefined;
  }
}
