import { sql } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { GRANT_REVOKE_REASONS, GRANT_SOURCES, MEMBERSHIP_SOURCES, SCOPE_KINDS, TEAM_ROLES } from '../values.ts';
import { authIssuers } from './auth-issuers.ts';
import { inboxes } from './inboxes.ts';
import { principal } from './people.ts';
import { roles } from './roles.ts';
import { teams } from './teams.ts';

/** A grant: a role for a principal at a scope. It ends, it is not deleted, so that history and explanations stay readable. */
export const principalRoleAssignments = pgTable(
  'principal_role_assignments',
  {
    id: pk('rasn'),
    principalId: id('prin').notNull(),
    roleId: id('role').notNull(),
    scopeKind: choice(SCOPE_KINDS).notNull().default('workspace'),
    teamId: id('team'),
    inboxId: id('inbox'),
    grantedByPrincipalId: id('prin'),
    reason: text(),
    source: choice(GRANT_SOURCES).notNull().default('manual'),
    issuerId: id('iss'),
    expiresAt: instant(),
    revokedAt: instant(),
    revokeReason: choice(GRANT_REVOKE_REASONS),
    createdAt: createdAt(),
  },
  (t) => [
    fk(t.principalId, principal.id, 'restrict'),
    fk(t.roleId, roles.id, 'restrict'),
    fk(t.teamId, teams.id, 'restrict'),
    fk(t.inboxId, inboxes.id, 'restrict'),
    fk(t.issuerId, authIssuers.id, 'restrict'),
    oneOf(t.scopeKind, SCOPE_KINDS),
    oneOf(t.source, GRANT_SOURCES),
    oneOf(t.revokeReason, GRANT_REVOKE_REASONS),
    rule(
      t.scopeKind,
      'scope',
      sql`(${t.scopeKind} = 'team') = (${t.teamId} is not null) and (${t.scopeKind} = 'inbox') = (${t.inboxId} is not null)`,
    ),
    rule(t.issuerId, 'issuer', sql`(${t.source} = 'issuer') = (${t.issuerId} is not null)`),
    rule(t.revokedAt, 'revoked', sql`(${t.revokedAt} is null) = (${t.revokeReason} is null)`),
    rule(t.expiresAt, 'expires_later', sql`${t.expiresAt} > ${t.createdAt}`),
    textLength(t.reason, 1, 500),
    // In the order in which authority reads what somebody holds; the kind of place follows from the place.
    uniqueIdx(
      [
        t.principalId,
        t.roleId,
        t.scopeKind,
        sql`coalesce(${t.teamId}, ${t.inboxId}, '00000000-0000-0000-0000-000000000000'::uuid)`,
      ],
      { name: 'principal_role_assignments_live_key', where: sql`${t.revokedAt} is null` },
    ),
    idx([t.principalId, t.createdAt]),
    // Holders want the live rows only, the foreign key all of them: one index for both.
    idx([t.roleId, t.revokedAt]),
    idx(t.expiresAt, { where: sql`${t.revokedAt} is null` }),
    idx(t.teamId, { where: sql`${t.teamId} is not null` }),
    idx(t.inboxId, { where: sql`${t.inboxId} is not null` }),
    idx(t.issuerId, { where: sql`${t.issuerId} is not null` }),
    idx(t.revokedAt, { where: sql`${t.revokedAt} is not null` }),
  ],
);

export const teamMemberships = pgTable(
  'team_memberships',
  {
    id: pk('tmem'),
    teamId: id('team').notNull(),
    principalId: id('prin').notNull(),
    role: choice(TEAM_ROLES).notNull().default('member'),
    source: choice(MEMBERSHIP_SOURCES).notNull().default('manual'),
    issuerId: id('iss'),
    createdAt: createdAt(),
  },
  (t) => [
    fk(t.teamId, teams.id, 'cascade'),
    fk(t.principalId, principal.id, 'cascade'),
    fk(t.issuerId, authIssuers.id, 'restrict'),
    oneOf(t.role, TEAM_ROLES),
    oneOf(t.source, MEMBERSHIP_SOURCES),
    rule(t.issuerId, 'issuer', sql`(${t.source} = 'issuer') = (${t.issuerId} is not null)`),
    key([t.teamId, t.principalId]),
    idx([t.principalId, t.teamId, t.role]),
    idx(t.issuerId, { where: sql`${t.issuerId} is not null` }),
  ],
);
