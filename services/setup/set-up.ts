import { createHash, timingSafeEqual } from 'node:crypto';
import { notFound } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { denialStatement } from '#services/kernel/denial.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import { claim } from './claim.ts';
import { type Claimed, type ClaimWorkspaceInput, claimWorkspace } from './claim-workspace.ts';

const LEAST_TOKEN_CHARACTERS = 32;

/**
 * The first owner by a secret of the deployment, once. Without that secret, and ever after, there is nothing here.
 * @throws ServiceError not_found; an attempt with a token leaves a row in the audit, one a minute.
 */
export async function setUp(
  kernel: Kernel,
  token: { given: string | undefined; expected: string | undefined },
  readInput: () => ClaimWorkspaceInput,
  outbound: Outbound,
): Promise<Claimed> {
  const { given, expected } = token;
  if (given === undefined || expected === undefined || expected.length < LEAST_TOKEN_CHARACTERS) throw notFound();
  if (!timingSafeEqual(digest(given), digest(expected))) return refuse(kernel);
  const claimed = await claim(kernel, readInput(), systemActor(), outbound);
  return claimed ?? refuse(kernel);
}

async function refuse(kernel: Kernel): Promise<never> {
  const denial = { operation: claimWorkspace.name, reason: 'missing_permission', target: null } as const;
  await kernel.db.batch([denialStatement(denial, systemActor(), kernel.request, kernel.now)], { kind: 'commit' });
  throw notFound();
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
