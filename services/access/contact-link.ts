import { type Id, newId } from '#schema/ids.ts';
import { contactUserLinks } from '#schema/index.ts';
import type { CONTACT_LINK_SOURCES } from '#schema/tables/contacts.ts';
import type { ValueOf } from '#schema/values.ts';
import { type ActorRow, systemActor } from '#services/kernel/actor.ts';
import { type EventDraft, event } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';

/** A login that counts as a contact. */
export interface ContactLink {
  contactId: Id<'contact'>;
  userId: Id<'user'>;
  source: ValueOf<typeof CONTACT_LINK_SOURCES>;
}

/** Begins a link, by the rule unless an actor is named. The contact is a root of the same commit, and tells of it. */
export function beginLink(
  { contactId, userId, source }: ContactLink,
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
  { actorKind, actorId, actorLabel }: Pick<ActorRow, 'actorKind' | 'actorId' | 'actorLabel'> = systemActor(),
  id = newId(ids, 'culink'),
): { writes: Statement[]; events: EventDraft[] } {
  return {
    writes: [
      statement(
        qb
          .insert(contactUserLinks)
          .values({ id, contactId, userId, source, actorKind, actorId, actorLabel, linkedAt: now }),
      ),
    ],
    events: [linkEvent('linked', { contactId, userId, source })],
  };
}

export const linkEvent = (what: 'linked' | 'unlinked', { contactId, userId, source }: ContactLink): EventDraft =>
  event({ type: `contact.${what}`, entity: contactId, audience: 'internal', payload: { contactId, userId, source } });
