import { type MergeInput, mergeQueries, mergeRecords } from '#services/directory/merge-record.ts';
import { moveTickets } from '#services/directory/move-tickets.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { event } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { moveContacts } from './attach-contacts.ts';
import { type OrganizationRow, organizationKind } from './organization-kind.ts';

/** One company was two organisations: people, tickets and domains are the winner's. @throws as `mergeRecords`. */
export const mergeOrganization = defineVerb({
  name: 'mergeOrganization',
  permission: 'org.merge',
  load: (input: MergeInput<OrganizationRow>) => mergeQueries(organizationKind, input),
  decide(loaded, { id, loserId, ifMatch }, by) {
    const actor = actorOf(by.authority);
    const tickets = moveTickets(
      { column: 'organization_id', from: loserId, to: id, contactId: null, which: 'all' },
      by,
      actor,
      'merge',
    );
    const people = moveContacts({ organizationId: id, from: loserId }, by, actor);
    return mergeRecords(organizationKind, loaded, {
      ifMatch,
      filled: ['externalId', 'website', 'notes'],
      event: event({
        type: 'organization.merged',
        entity: id,
        audience: 'internal',
        payload: { winnerId: id, loserId },
      }),
      also: {
        writes: [...(people.writes ?? []), ...(tickets.writes ?? [])],
        wakes: [...(people.wakes ?? []), ...(tickets.wakes ?? [])],
      },
      by,
    });
  },
});
