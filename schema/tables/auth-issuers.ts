import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { digest } from '../checks.ts';
import { bytea, choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, someOf, textLength, uniqueIdx } from '../keys.ts';
import { ISSUER_KINDS, ISSUER_SYNCS, PROVISIONS, TEAM_ROLES, type ValueOf } from '../values.ts';
import { user } from './people.ts';
import { roles } from './roles.ts';
import { teams } from './teams.ts';

/** The signature algorithms an issuer may use: asymmetric ones only. */
export const ISSUER_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** An issuer of a developer's own machine has no certificate; which loopback targets a deployment takes is its own say. */
const httpsOrLoopback = (column: AnyPgColumn): SQL =>
  sql`(${column} like 'https://%' or ${column} like 'http://127.0.0.1:%')`;

/** Who may vouch for staff. */
export const authIssuers = pgTable(
  'auth_issuers',
  {
    id: pk('iss'),
    issuer: text().notNull(),
    kind: choice(ISSUER_KINDS).notNull().default('oidc'),
    jwksUrl: text().notNull(),
    audiences: text().array().notNull(),
    algorithms: text().array().$type<ValueOf<typeof ISSUER_ALGORITHMS>[]>().notNull().default(sql`'{RS256,ES256}'`),
    maxTokenAgeSeconds: integer().notNull().default(86_400),
    provision: choice(PROVISIONS).notNull().default('link'),
    emailDomains: text().array().notNull().default(sql`'{}'`),
    scopeClaim: text().array(),
    sync: choice(ISSUER_SYNCS).notNull().default('first'),
    rulesVersion: integer().notNull().default(1),
    disabledAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    uniqueIdx(t.issuer, { where: sql`${t.disabledAt} is null` }),
    rule(t.issuer, 'issuer_url', sql`${httpsOrLoopback(t.issuer)} and char_length(${t.issuer}) <= 2048`),
    rule(t.jwksUrl, 'jwks_url', sql`${httpsOrLoopback(t.jwksUrl)} and char_length(${t.jwksUrl}) <= 2048`),
    oneOf(t.kind, ISSUER_KINDS),
    rule(t.audiences, 'audiences', sql`cardinality(${t.audiences}) between 1 and 10`),
    someOf(t.algorithms, ISSUER_ALGORITHMS),
    rule(t.algorithms, 'algorithms_some', sql`cardinality(${t.algorithms}) >= 1`),
    rule(t.maxTokenAgeSeconds, 'max_token_age', sql`${t.maxTokenAgeSeconds} between 300 and 604800`),
    oneOf(t.provision, PROVISIONS),
    rule(t.emailDomains, 'email_domains_lower', sql`${t.emailDomains}::text = lower(${t.emailDomains}::text)`),
    rule(t.scopeClaim, 'scope_claim', sql`cardinality(${t.scopeClaim}) >= 1`),
    oneOf(t.sync, ISSUER_SYNCS),
    rule(t.rulesVersion, 'rules_version', sql`${t.rulesVersion} >= 1`),
  ],
);

/** What a claim brings: a role at the workspace, or a place in a team. */
export const authIssuerRules = pgTable(
  'auth_issuer_rules',
  {
    id: pk('issr'),
    issuerId: id('iss').notNull(),
    position: integer().notNull(),
    claim: text().array().notNull(),
    equals: text().notNull(),
    roleId: id('role'),
    joinTeamId: id('team'),
    joinAs: choice(TEAM_ROLES),
    createdAt: createdAt(),
  },
  (t) => [
    fk(t.issuerId, authIssuers.id, 'cascade'),
    fk(t.roleId, roles.id, 'restrict'),
    fk(t.joinTeamId, teams.id, 'restrict'),
    key([t.issuerId, t.position]),
    rule(t.position, 'position', sql`${t.position} >= 0`),
    rule(t.claim, 'claim', sql`cardinality(${t.claim}) >= 1`),
    textLength(t.equals, 1, 255),
    oneOf(t.joinAs, TEAM_ROLES),
    rule(
      t.roleId,
      'one_effect',
      sql`(${t.roleId} is null) = (${t.joinTeamId} is not null) and (${t.joinTeamId} is null) = (${t.joinAs} is null)`,
    ),
    idx(t.roleId, { where: sql`${t.roleId} is not null` }),
    idx(t.joinTeamId, { where: sql`${t.joinTeamId} is not null` }),
  ],
);

/** A person's link to an issuer: the subject under which it knows them, and the claims last acted on. */
export const account = pgTable(
  'account',
  {
    id: pk('acct'),
    userId: id('user').notNull(),
    issuerId: id('iss').notNull(),
    subject: text().notNull(),
    claimsDigest: bytea(),
    claimsIssuedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [
    fk(t.userId, user.id, 'cascade'),
    fk(t.issuerId, authIssuers.id, 'restrict'),
    key([t.issuerId, t.subject]),
    idx(t.userId),
    textLength(t.subject, 1, 255),
    digest(t.claimsDigest),
  ],
);
