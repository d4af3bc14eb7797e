import type { ActorRow } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import { type Claimed, type ClaimWorkspaceInput, claimWorkspace } from './claim-workspace.ts';
import { keysOfIssuer } from './first-issuer.ts';

/** Claims the workspace; nobody is asked for an issuer's keys once it is claimed. Null where it was. */
export const claim = (
  kernel: Kernel,
  input: ClaimWorkspaceInput,
  actor: ActorRow,
  outbound: Outbound,
): Promise<Claimed | null> =>
  runSystemVerb(kernel, claimWorkspace, input, actor, async ({ member: [had] }) =>
    had?.yes === false ? keysOfIssuer(outbound, input.issuer) : undefined,
  );
