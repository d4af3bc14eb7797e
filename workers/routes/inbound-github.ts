import { takeGithubDelivery } from '#services/github/take-github-delivery.ts';
import { objectStore } from '../object-store.ts';
import { publicRoute } from './route.ts';

const BODY_LIMIT_BYTES = 25 * 1024 * 1024;

export const inboundGithubRoutes = [
  publicRoute({
    id: 'receiveGithubDelivery',
    method: 'POST',
    path: '/inbound/github',
    tag: 'inbound',
    summary: 'Take a webhook delivery of the connected GitHub App',
    description:
      'Signed by `X-Hub-Signature-256` over the raw bytes. A delivery is stored under its guid and answered; it is processed afterwards, once, whatever it is about.',
    permission: 'public',
    bytes: { contentTypes: ['application/json'] },
    bodyLimit: BODY_LIMIT_BYTES,
    answers: { 202: null },
    reasons: ['invalid_json'],
    idempotency: 'natural',
    async handle(kernel, { headers, bytes, env }) {
      await takeGithubDelivery(kernel, objectStore(env), { headers, bytes });
      return { status: 202 };
    },
  }),
];
