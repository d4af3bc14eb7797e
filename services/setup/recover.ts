import type { ActorRow } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import type { Claimed } from './claim-workspace.ts';
import { keysOfIssuer } from './first-issuer.ts';
import { type RecoverOwnerInput, recoverOwner } from './recover-owner.ts';

/** Recovers the workspace, with an issuer to come in by where one is given. */
export const recover = (
  kernel: Kernel,
  input: RecoverOwnerInput,
  actor: ActorRow,
  outbound: Outbound,
): Promise<Claimed> =>
  runSystemVerb(kernel, recoverOwner, input, actor, ({ person }) =>
    person.length === 0 ? Promise.resolve(undefined) : keysOfIssuer(outbound, input.issuer),
  );
