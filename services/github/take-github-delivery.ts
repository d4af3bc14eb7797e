import type { ObjectStore } from '#services/inbound/object-store.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { readDeliveryHeaders } from './delivery-headers.ts';
import { payloadKeyOf, receiveGithubDelivery } from './receive-github-delivery.ts';
import { verifyGithubDelivery } from './verify-github-delivery.ts';

/**
 * What the webhook door does with a request: headers, signature, then storage; two round trips. A large payload is stored
 * before the row that names it, so a row never points at nothing.
 * @throws ServiceError invalid_request, unauthenticated.
 */
export async function takeGithubDelivery(
  kernel: Kernel,
  store: ObjectStore,
  request: { headers: Headers; bytes: Uint8Array },
): Promise<void> {
  const headers = readDeliveryHeaders(request.headers);
  const delivery = await runSystemVerb(kernel, verifyGithubDelivery, { headers, bytes: request.bytes }, systemActor());
  const payloadKey = payloadKeyOf(delivery);
  if (payloadKey !== null) await store.put(payloadKey, delivery.bytes);
  await runSystemVerb(kernel, receiveGithubDelivery, delivery, systemActor());
}
