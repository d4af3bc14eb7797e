import { sql } from 'drizzle-orm';
import { unarchiveRecord } from '#services/directory/unarchive-record.ts';
import { addressesOf } from './contact-facts.ts';
import { contactKind } from './contact-kind.ts';
import { peopleWhere, relink } from './link-rule.ts';

/** Brings one back, and who has proved an address of theirs is tied again. @throws as `unarchiveRecord`. */
export const unarchiveContact = unarchiveRecord('unarchiveContact', contactKind, {
  load: (id) => peopleWhere(sql`u.email = any (${addressesOf(id)})`),
  also: (after, people, by) => relink(after, [], people, by),
});
