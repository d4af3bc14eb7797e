import type * as z from 'zod';
import { SetUp, SetupBody } from '#schema/api/setup.ts';
import { requireEmail } from '#schema/email-address.ts';
import { setUp } from '#services/setup/set-up.ts';
import { makeOutbound } from '../outbound.ts';
import { publicRoute } from './route.ts';

export const setupRoutes = [
  publicRoute({
    id: 'claimWorkspace',
    method: 'POST',
    path: '/api/v1/setup',
    tag: 'setup',
    summary: 'Become the first owner',
    description:
      'With the secret SETUP_TOKEN of the deployment as bearer, while nobody was ever a member; else there is nothing here. The key holds every permission for seven days: connect sign-in for people with it.',
    permission: 'public',
    body: SetupBody,
    answers: { 201: SetUp },
    refuses: ['not_found'],
    reasons: ['url_refused', 'issuer_unreachable'],
    idempotency: 'natural',
    roundTrips: 2,
    async handle(kernel, { headers, env, readBody }) {
      const given = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
      const { principalId, keyId, token, expiresAt } = await setUp(
        kernel,
        { given, expected: env.SETUP_TOKEN },
        () => {
          const body = readBody() as z.output<typeof SetupBody>;
          return { ...body, email: requireEmail(body.email, '/email') };
        },
        makeOutbound(env),
      );
      return {
        status: 201,
        body: { principalId, key: { id: keyId, token, expiresAt: expiresAt.toISOString() } },
      };
    },
  }),
];
