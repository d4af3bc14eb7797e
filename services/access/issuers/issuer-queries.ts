import { eq, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { AuthIssuer, AuthIssuerRule } from '#schema/api/auth-issuers.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { authIssuers } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type IssuerRow = typeof authIssuers.$inferSelect;

export type Rule = z.output<typeof AuthIssuerRule>;

/** An issuer with its rules in order. */
export interface LoadedIssuer {
  issuer: IssuerRow;
  rules: Rule[];
}

const rulesOf: SQL<Rule[]> = sql`coalesce((
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('claim', r.claim, 'equals', r.equals, 'roleId', public.to_typeid('role', r.role_id),
    'joinTeamId', public.to_typeid('team', r.join_team_id), 'joinAs', r.join_as)) order by r.position)
  from auth_issuer_rules r where r.issuer_id = auth_issuers.id), '[]')`;

export const selectIssuers = () => qb.select({ issuer: authIssuers, rules: rulesOf }).from(authIssuers);

export const issuerById = (issuerId: Id<'iss'>): Statement<LoadedIssuer[]> =>
  statement<LoadedIssuer[]>(selectIssuers().where(eq(authIssuers.id, issuerId)));

export const issuerView = ({ issuer, rules }: LoadedIssuer): AuthIssuer => ({
  id: issuer.id,
  issuer: issuer.issuer,
  kind: issuer.kind,
  jwksUrl: issuer.jwksUrl,
  audiences: issuer.audiences,
  algorithms: issuer.algorithms,
  maxTokenAgeSeconds: issuer.maxTokenAgeSeconds,
  provision: issuer.provision,
  emailDomains: issuer.emailDomains,
  scopeClaim: issuer.scopeClaim,
  sync: issuer.sync,
  rules,
  disabledAt: issuer.disabledAt?.toISOString() ?? null,
  createdAt: issuer.createdAt.toISOString(),
  updatedAt: issuer.updatedAt.toISOString(),
  version: issuer.version,
});

export const issuerPayload = ({ id, issuer, kind, provision }: IssuerRow): EventPayload<'auth_issuer.created'> => ({
  issuerId: id,
  issuer,
  kind,
  provision,
});
