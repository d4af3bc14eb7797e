import { eq } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { integrationPlatformCredentials, integrations } from '#schema/index.ts';
import { publicPermit } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { DeliveryHeaders } from './delivery-headers.ts';
import { type DeliveryFacts, readDeliveryFacts } from './delivery-payload.ts';
import { enterpriseHost, GithubConfig } from './github-config.ts';
import { liveWebhookSecrets, openGithubSecrets } from './github-secrets.ts';
import { verifySignature } from './verify-signature.ts';

export interface RawDelivery {
  headers: DeliveryHeaders;
  bytes: Uint8Array;
}

/** A delivery that our App's webhook secret signed. */
export interface VerifiedDelivery extends RawDelivery {
  facts: DeliveryFacts;
}

/**
 * Proves a delivery by the secret of the connection, current or replaced but not yet ended, over the raw bytes, and reads
 * what it is about. @throws ServiceError unauthenticated, one text whatever was wrong; invalid_request `invalid_json`.
 */
export const verifyGithubDelivery = defineSystemVerb({
  name: 'verifyGithubDelivery',
  actor: 'integration',
  load: (_raw: RawDelivery) => ({
    connections: statement(
      qb
        .select({ id: integrations.id, config: integrations.config, secrets: integrationPlatformCredentials.secrets })
        .from(integrations)
        .innerJoin(integrationPlatformCredentials, eq(integrationPlatformCredentials.integrationId, integrations.id))
        .where(eq(integrations.provider, 'github')),
    ),
  }),
  decide({ connections: [connection] }, raw, { keys, now }) {
    if (connection === undefined) throw refused();
    const config = GithubConfig.parse(connection.config);
    const secrets = openGithubSecrets(keys, connection.id, connection.secrets);
    const { signature, targetId, enterpriseHost: host } = raw.headers;
    const signed = verifySignature(raw.bytes, signature, secrets === undefined ? [] : liveWebhookSecrets(secrets, now));
    if (!signed || targetId !== config.appId || host !== enterpriseHost(config)) throw refused();
    const verified: VerifiedDelivery = { ...raw, facts: readDeliveryFacts(raw.bytes) };
    return unchanged(publicPermit('github_signature'), verified);
  },
});

const refused = (): ServiceError =>
  new ServiceError('unauthenticated', 'The delivery is not signed by the connected App.');
