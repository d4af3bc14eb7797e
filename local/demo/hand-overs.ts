import { parseId } from '#schema/ids.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { mergeTickets } from '#services/lifecycle/merge-tickets.ts';
import { putParticipant } from '#services/participants/put-participant.ts';
import { putShare } from '#services/shares/put-share.ts';
import { act } from './act.ts';
import type { DemoMember, DemoWorkspace } from './people.ts';

/** Who else works on what: a case that two teams share, one that a colleague follows, and a second mail about one thing. */
export async function handOver(
  kernel: Kernel,
  { members, support }: DemoWorkspace,
  ticketBySubject: ReadonlyMap<string, string>,
): Promise<void> {
  const [owner, , , , sofia] = members as [DemoMember, DemoMember, DemoMember, DemoMember, DemoMember];
  const about = (subject: string) => parseId('tkt', ticketBySubject.get(subject) ?? '');
  await act(kernel, putShare, owner, {
    ticketId: about('Duplicate charge'),
    teamId: support.teamId,
    level: 'comment',
  });
  await act(kernel, putParticipant, owner, {
    ticketId: about('Life jackets arrived without whistles'),
    seat: { principalId: sofia.principalId, role: 'collaborator' },
  });
  await act(kernel, mergeTickets, owner, {
    ticketId: about('Rope delivered in the wrong colour'),
    sourceIds: [about('Re: rope, still blue')],
    addRequesters: false,
    expectMessageSeq: undefined,
    ifMatch: null,
  });
}
