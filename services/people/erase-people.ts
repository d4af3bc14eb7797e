import { and, inArray, isNull, type SQL } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import {
  account,
  contactUserLinks,
  inAppNotifications,
  notificationBatches,
  notificationPreferences,
  principal,
  ticketSubscriptions,
  user,
  userSegments,
} from '#schema/index.ts';
import type { AuditDraft, Change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { eraseInvitations } from './erased-address.ts';

export interface ErasablePerson {
  id: Id<'prin'>;
  type: (typeof principal.$inferSelect)['type'];
  userId: Id<'user'> | null;
  memberState: (typeof principal.$inferSelect)['memberState'];
  erasedAt: Date | null;
  revision: number;
  eventSeq: number;
}

/** What `erasePeople` needs of them; for the load of the verb that calls it. */
export const peopleToErase = (ids: readonly Id<'prin'>[]): Statement<ErasablePerson[]> =>
  peopleToEraseWhere(inArray(principal.id, [...ids]));

/** The same of those of whom a condition over `principal` holds. */
export const peopleToEraseWhere = (condition: SQL): Statement<ErasablePerson[]> =>
  statement<ErasablePerson[]>(
    qb
      .select({
        id: principal.id,
        type: principal.type,
        userId: principal.userId,
        memberState: principal.memberState,
        erasedAt: principal.erasedAt,
        revision: principal.revision,
        eventSeq: principal.eventSeq,
      })
      .from(principal)
      .where(condition),
  );

/**
 * Takes from people all that says who they are, as parts of the caller's commit. Their rows stay, so what they did stays
 * readable; a job of the caller's then runs `blankHistory` on what is written about them. Who is erased already is left out.
 * @throws ServiceError conflict `member_active`; TypeError for a service, which is nobody.
 */
export function erasePeople(
  people: readonly ErasablePerson[],
  now: Date,
): Pick<Change<unknown>, 'roots' | 'writes' | 'furtherAudit'> {
  const present = people.filter(({ erasedAt }) => erasedAt === null);
  for (const { type, memberState } of present) refuse(type, memberState);
  if (present.length === 0) return { roots: [], writes: [], furtherAudit: [] };
  const ids = present.map(({ id }) => id);
  const users = present.flatMap(({ userId }) => (userId === null ? [] : [userId]));
  return {
    roots: [
      {
        kind: 'updates',
        table: principal,
        what: 'person',
        loaded: present,
        set: { displayName: 'Erased person', avatarUrl: null, contactEmail: null, erasedAt: now },
      },
    ],
    writes: [
      // Before the address that it goes by is gone.
      eraseInvitations(ids),
      statement(
        qb
          .update(user)
          .set({ email: null, emailVerified: false, locale: null, timeZone: null, attributes: {}, updatedAt: now })
          .where(inArray(user.id, users)),
      ),
      statement(
        qb
          .update(contactUserLinks)
          .set({ unlinkedAt: now })
          .where(and(inArray(contactUserLinks.userId, users), isNull(contactUserLinks.unlinkedAt))),
      ),
      statement(qb.delete(account).where(inArray(account.userId, users))),
      ...[userSegments, notificationPreferences, ticketSubscriptions, inAppNotifications, notificationBatches].map(
        (table) => statement(qb.delete(table).where(inArray(table.principalId, ids))),
      ),
    ],
    furtherAudit: ids.map((id): AuditDraft => ({ action: 'person.erased', target: { type: 'principal', id } })),
  };
}

function refuse(type: ErasablePerson['type'], memberState: ErasablePerson['memberState']): void {
  if (type === 'service') throw new TypeError('a service is not a person and is never erased');
  if (memberState !== 'active' && memberState !== 'suspended') return;
  throw new ServiceError('conflict', 'Members are removed before they are erased.', { reason: 'member_active' });
}
