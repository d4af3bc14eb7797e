import * as z from 'zod';
import journal from '#migrations/meta/_journal.json' with { type: 'json' };
import { Instant } from '#schema/api/shared.ts';
import { ServiceError } from '#schema/errors.ts';
import { type HealthFacts, readHealth } from '#services/health/read-health.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Env } from '../env.ts';
import { limitsAreOn } from '../middleware/rate-limit.ts';
import { publicRoute } from './route.ts';

const tag = 'health';
const EXPECTED_MIGRATIONS = journal.entries.length;
const LATEST_TICK_SECONDS = 5 * 60;
const APP_ROLE = 'mallard_app';

const Health = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    schema: z.strictObject({ applied: z.int(), expected: z.int(), catalogue: z.string().nullable() }),
    databaseRole: z.enum(['app', 'owner']),
    lastTickAt: Instant.nullable(),
    streamLagSeconds: z.int().nonnegative(),
    sinksStanding: z.array(z.string()),
    localTargets: z.boolean(),
    rateLimits: z.enum(['on', 'off']),
    release: z.string().nullable(),
  })
  .meta({ id: 'Health' });

/** @throws ServiceError unavailable: no database, or one without our tables. Either way, nothing is to be routed here. */
async function factsOf({ db, now }: Kernel): Promise<HealthFacts> {
  try {
    const [[facts]] = await db.batch([readHealth(now)], { kind: 'load' });
    if (facts !== undefined) return facts;
  } catch (cause) {
    throw new ServiceError('unavailable', 'The database is out of reach or not set up.', {
      retryAfterSeconds: 5,
      cause,
    });
  }
  throw new TypeError('the database answered nothing');
}

const opensLocalTargets = (env: Env): boolean => (env.ALLOW_LOCAL_TARGETS ?? '').trim() !== '';

export const healthRoutes = [
  publicRoute({
    id: 'getHealth',
    method: 'GET',
    path: '/health',
    tag,
    summary: 'Whether to route here',
    description:
      '503 means: do not. `degraded` means that something needs an operator: a late tick, a sink that stands still, local targets in the open.',
    permission: 'public',
    answers: { 200: Health, 503: Health },
    idempotency: 'natural',
    async handle(kernel, { env }) {
      const facts = await factsOf(kernel);
      const localTargets = opensLocalTargets(env);
      const late = facts.tick_age_seconds === null || facts.tick_age_seconds > LATEST_TICK_SECONDS;
      const degraded = late || facts.standing.length > 0 || (localTargets && env.PUBLIC_ORIGIN.startsWith('https:'));
      const behind = facts.applied < EXPECTED_MIGRATIONS;
      return {
        status: behind ? 503 : 200,
        body: {
          status: behind ? 'unavailable' : degraded ? 'degraded' : 'ok',
          schema: { applied: facts.applied, expected: EXPECTED_MIGRATIONS, catalogue: facts.catalogue },
          databaseRole: facts.role === APP_ROLE ? 'app' : 'owner',
          lastTickAt: facts.last_tick_at === null ? null : new Date(facts.last_tick_at).toISOString(),
          streamLagSeconds: facts.stream_lag_seconds,
          sinksStanding: facts.standing,
          localTargets,
          rateLimits: limitsAreOn(env) ? 'on' : 'off',
          release: env.RELEASE ?? null,
        },
      };
    },
  }),
  publicRoute({
    id: 'getLiveness',
    method: 'GET',
    path: '/health/live',
    tag,
    summary: 'Whether this Worker runs, without looking at anything else',
    permission: 'public',
    answers: { 200: z.strictObject({ status: z.literal('ok'), release: z.string().nullable() }) },
    idempotency: 'natural',
    roundTrips: 0,
    handle: async (_kernel, { env }) => ({ status: 200, body: { status: 'ok', release: env.RELEASE ?? null } }),
  }),
];
