import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CreateTicketTagBody } from '#schema/api/ticket-tags.ts';
import { newId } from '#schema/ids.ts';
import { ticketTags } from '#schema/index.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { requireFree, takenQuery } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { type TagRow, tagView } from './tag-row.ts';

/** Makes a tag before a ticket has it. @throws ServiceError forbidden; conflict `name_taken`. */
export const createTicketTag = defineVerb({
  name: 'createTicketTag',
  permission: 'ticket_field.manage',
  load: ({ name }: z.output<typeof CreateTicketTagBody>) => ({
    taken: takenQuery(sql`select from ticket_tags where name = ${name}`),
  }),
  decide({ taken }, { name, color = null }, { authority, now, ids }) {
    const permit = permitWorkspace(authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: false });
    requireFree(taken);
    const tag: TagRow = {
      id: newId(ids, 'ttag'),
      name,
      color,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    };
    return change({
      permit,
      answer: tagView(tag),
      roots: [{ kind: 'insert', table: ticketTags, row: tag }],
      audit: {
        action: 'ticket_tag.created',
        target: { type: 'ticket_tag', id: tag.id, label: name },
        changes: { name: [null, name] },
      },
    });
  },
});
