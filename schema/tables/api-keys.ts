import { sql } from 'drizzle-orm';
import { bigint, cidr, inet, pgTable, text } from 'drizzle-orm/pg-core';
import { digest } from '../checks.ts';
import { bytea, choice, createdAt, id, idArray, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { KEY_REVOKE_REASONS } from '../values.ts';
import { principal } from './people.ts';

/** A program's credential. It acts as its own service principal, bounded by the present authority of its creator. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: pk('key'),
    name: text().notNull(),
    purpose: text(),
    principalId: id('prin').notNull(),
    creatorPrincipalId: id('prin').notNull(),
    secretHash: bytea().notNull(),
    previousHash: bytea(),
    previousValidUntil: instant(),
    scopeKeys: text().array().notNull(),
    teamIds: idArray('team'),
    inboxIds: idArray('inbox'),
    allowedIps: cidr().array().notNull().default(sql`'{}'`),
    expiresAt: instant(),
    revokedAt: instant(),
    revokeReason: choice(KEY_REVOKE_REASONS),
    rotatedAt: instant(),
    lastUsedAt: instant(),
    lastIp: inet(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.principalId, principal.id, 'restrict'),
    fk(t.creatorPrincipalId, principal.id, 'restrict'),
    key(t.principalId),
    idx(t.creatorPrincipalId),
    textLength(t.name, 1, 120),
    textLength(t.purpose, 1, 500),
    digest(t.secretHash),
    digest(t.previousHash),
    rule(t.previousHash, 'previous', sql`(${t.previousHash} is null) = (${t.previousValidUntil} is null)`),
    rule(t.scopeKeys, 'scope_keys', sql`cardinality(${t.scopeKeys}) >= 1`),
    // Null is "no limit"; an empty list must never come to mean that.
    rule(t.teamIds, 'team_ids', sql`cardinality(${t.teamIds}) between 1 and 50`),
    rule(t.inboxIds, 'inbox_ids', sql`cardinality(${t.inboxIds}) between 1 and 50`),
    rule(t.allowedIps, 'allowed_ips', sql`cardinality(${t.allowedIps}) <= 50`),
    oneOf(t.revokeReason, KEY_REVOKE_REASONS),
    rule(t.revokedAt, 'revoked', sql`(${t.revokedAt} is null) = (${t.revokeReason} is null)`),
    idx(t.expiresAt, { where: sql`${t.revokedAt} is null` }),
  ],
);
