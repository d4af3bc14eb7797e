import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';

import { principal, principalRoleAssignments, roles, user } from '#schema/index.ts';
import type { AssignmentRow } from '#services/access/roles/assignment-queries.ts';
import { type RoleRow, selectRoles } from '#services/access/roles/role-queries.ts';
import type { SignIn } from '#services/access/sign-in/sign-in.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';

/** The system role `owner`, which every commit about owners moves. */
export const ownerRoleQuery = (): Statement<RoleRow[]> =>
  statement<RoleRow[]>(selectRoles().where(and(eq(roles.key, 'owner'), isNull(roles.deletedAt))));

export interface Person {
  user: typeof user.$inferSelect;
  principal: typeof principal.$inferSelect;
}

/** The person of an address, customer or member. */
export const personByEmail = (email: string): Statement<Person[]> =>
  statement<Person[]>(
    qb
      .select({ user, principal })
      .from(user)
      .innerJoin(principal, eq(principal.userId, user.id))
      .where(eq(user.email, email)),
  );

/** Whom a proof of the address makes its person be; nothing for one who is some contact already. */
export const contactToLink = (email: string): Statement<NonNullable<SignIn['contact']>[]> =>
  rows(sql`select public.to_typeid('contact', c.id) as id, c.revision, c.event_seq::integer as "eventSeq"
    from contact_emails e join contacts c on c.id = e.contact_id where e.active and e.email = ${email}
      and not exists (select from contact_user_links l join "user" u on u.id = l.user_id and u.email = e.email where l.unlinked_at is null)`);

export const hasEverHadMember = (): Statement<{ yes: boolean }[]> =>
  rows<{ yes: boolean }>(sql`select exists (select from principal where member_state is not null) as yes`);

const OWNER = sql`a.scope_kind = 'workspace' and a.revoked_at is null
  and a.role_id = (select id from roles where key = 'owner' and deleted_at is null)`;

/** Whether somebody is owner for good, and active. */
export const hasPermanentOwner = (): Statement<{ yes: boolean }[]> =>
  rows<{ yes: boolean }>(sql`select exists (select from principal_role_assignments a
    join principal p on p.id = a.principal_id and p.member_state = 'active' where ${OWNER} and a.expires_at is null) as yes`);

/** The grant of `owner` that a person has, if any. */
export const ownerGrantOf = (email: string): Statement<AssignmentRow[]> =>
  statement<AssignmentRow[]>(
    qb
      .select()
      .from(principalRoleAssignments)
      .where(
        sql`${principalRoleAssignments.id} = (select a.id from principal_role_assignments a
          join principal p on p.id = a.principal_id join "user" u on u.id = p.user_id and u.email = ${email} where ${OWNER})` as SQL,
      ),
  );
