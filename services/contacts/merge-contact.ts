import { sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import { type MergeInput, mergeQueries, mergeRecords } from '#services/directory/merge-record.ts';
import { moveParts } from '#services/directory/move-parts.ts';
import { moveTickets } from '#services/directory/move-tickets.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { event } from '#services/kernel/change.ts';
import { run } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { type ContactRow, contactKind } from './contact-kind.ts';

/** One person was two contacts: logins, tickets, parts, ratings and addresses are the winner's. @throws as `mergeRecords`. */
export const mergeContact = defineVerb({
  name: 'mergeContact',
  permission: 'org.merge',
  load: (input: MergeInput<ContactRow>) => mergeQueries(contactKind, input),
  decide(loaded, { id, loserId, ifMatch }, by) {
    const [from, to] = [sql`${idToUuid(loserId)}::uuid`, sql`${idToUuid(id)}::uuid`];
    const moved = moveTickets(
      { column: 'requester_contact_id', from: loserId, to: id, contactId: null, which: 'all' },
      by,
      actorOf(by.authority),
      'merge',
    );
    return mergeRecords(contactKind, loaded, {
      ifMatch,
      filled: [
        'name',
        'title',
        'phone',
        'externalId',
        'avatarUrl',
        'locale',
        'timeZone',
        ...(loaded.found?.row.organizationSource === null ? (['organizationId', 'organizationSource'] as const) : []),
      ],
      event: event({
        type: 'contact.merged',
        entity: id,
        audience: 'internal',
        payload: { winnerId: id, loserId },
      }),
      also: {
        writes: [
          run(sql`update contact_user_links set contact_id = ${to} where contact_id = ${from}`),
          run(sql`update conversations set contact_id = ${to} where contact_id = ${from}`),
          // Tickets come last: which parts are left depends on who asked until now.
          ...moveParts('contact_id', [loserId], id),
          ...(moved.writes ?? []),
        ],
        wakes: moved.wakes ?? [],
      },
      by,
    });
  },
});
