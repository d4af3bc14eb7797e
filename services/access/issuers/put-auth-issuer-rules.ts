import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { AuthIssuer } from '#schema/api/auth-issuers.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { authIssuerRules, authIssuers, roles, teams } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { fittingChanges } from '#services/kernel/fitting-changes.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { requireAtMost, unknownReference } from '#services/kernel/refusals.ts';
import { type Deciding, defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { holdRow } from '../hold.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { issuerById, issuerPayload, issuerView, type Rule } from './issuer-queries.ts';
import { permitKnownIssuer } from './issuer-rules.ts';
import { requireTrusted } from './require-trusted.ts';

export interface PutAuthIssuerRulesInput {
  issuerId: Id<'iss'>;
  /** The whole set; all that match apply. */
  rules: readonly Rule[];
  ifMatch: VersionGuard | null;
}

const MOST_RULES = 200;

/**
 * Says which claims of an issuer bring which roles and teams. Members come to have them as `sync` says.
 * @throws ServiceError not_found; forbidden `person_required`, `owner_required`; stale_version; conflict when it
 *   is disabled; unprocessable `unknown_reference`, `owner_not_mappable`, `scope_archived`, `limit_reached`.
 */
export const putAuthIssuerRules = defineVerb({
  name: 'putAuthIssuerRules',
  permission: 'admin.manage_settings',
  target: ({ issuerId }: PutAuthIssuerRulesInput) => ({ type: 'auth_issuer', id: issuerId }),

  load: ({ issuerId, rules }: PutAuthIssuerRulesInput, { auth, now }) => ({
    found: issuerById(issuerId),
    acting: actingRolesQuery(auth, now),
    roles: statement(
      qb
        .select({ id: roles.id, key: roles.key, isSystem: roles.isSystem, revision: roles.revision })
        .from(roles)
        .where(and(inArray(roles.id, named(rules, 'roleId')), isNull(roles.deletedAt))),
    ),
    teams: statement(
      qb
        .select({ id: teams.id, archivedAt: teams.archivedAt, revision: teams.revision })
        .from(teams)
        .where(inArray(teams.id, named(rules, 'joinTeamId'))),
    ),
  }),

  decide(places, { rules, ifMatch }, by) {
    const { permit, loaded } = permitKnownIssuer(by.authority, places.acting, places.found);
    const { issuer } = loaded;
    requireVersion(ifMatch, issuer.version, issuerView(loaded));
    requireTrusted(issuer);
    requireAtMost(MOST_RULES, rules, '/rules');
    requireMappable(rules, places);
    const after = rules.map(asShown);
    if (JSON.stringify(after) === JSON.stringify(loaded.rules.map(asShown)))
      return unchanged<AuthIssuer>(permit, issuerView(loaded));
    // Two hundred rules, twice, are more than an event may hold.
    const { from, to } = fittingChanges({ from: loaded.rules, to: after });
    const row = { ...issuer, version: issuer.version + 1, rulesVersion: issuer.rulesVersion + 1, updatedAt: by.now };
    return change<AuthIssuer>({
      permit,
      answer: issuerView({ issuer: row, rules: after }),
      holds: [
        ...places.roles.map((role) => holdRow('roles', role)),
        ...places.teams.map((team) => holdRow('teams', team)),
      ],
      roots: [
        {
          kind: 'update',
          table: authIssuers,
          what: 'issuer',
          loaded: issuer,
          set: { version: row.version, rulesVersion: row.rulesVersion },
        },
      ],
      writes: [
        statement(qb.delete(authIssuerRules).where(eq(authIssuerRules.issuerId, issuer.id))),
        ...(rules.length === 0
          ? []
          : [statement(qb.insert(authIssuerRules).values(rules.map((rule, i) => newRule(rule, i, issuer.id, by))))]),
      ],
      audit: {
        action: 'auth_issuer.updated',
        target: { type: 'auth_issuer', id: issuer.id, label: issuer.issuer },
        changes: { rules: [loaded.rules, after] },
      },
      events: [
        event({
          type: 'auth_issuer.updated',
          entity: issuer.id,
          audience: 'internal',
          payload: { ...issuerPayload(issuer), changes: [{ field: 'rules', from, to }] },
        }),
      ],
    });
  },
});

const named = <F extends 'roleId' | 'joinTeamId'>(rules: readonly Rule[], field: F): NonNullable<Rule[F]>[] => [
  ...new Set(rules.flatMap((rule) => rule[field] ?? [])),
];

function requireMappable(
  rules: readonly Rule[],
  known: {
    roles: readonly { id: Id<'role'>; key: string; isSystem: boolean }[];
    teams: readonly { id: Id<'team'>; archivedAt: Date | null }[];
  },
): void {
  for (const [at, { roleId, joinTeamId }] of rules.entries()) {
    const role = known.roles.find(({ id }) => id === roleId);
    const team = known.teams.find(({ id }) => id === joinTeamId);
    if (roleId !== undefined && role === undefined) throw unknownReference(`/rules/${at}/roleId`);
    if (joinTeamId !== undefined && team === undefined) throw unknownReference(`/rules/${at}/joinTeamId`);
    if (role?.isSystem === true && role.key === 'owner') throw refused('owner_not_mappable', at);
    if (team !== undefined && team.archivedAt !== null) throw refused('scope_archived', at);
  }
}

const DETAILS = {
  owner_not_mappable: 'No claim makes an owner.',
  scope_archived: 'This team is archived.',
} as const;

function refused(reason: keyof typeof DETAILS, at: number): ServiceError {
  const detail = DETAILS[reason];
  return new ServiceError('unprocessable', detail, {
    reason,
    errors: [{ in: 'body', pointer: `/rules/${at}`, code: reason, detail }],
  });
}

const asShown = ({ claim, equals, roleId, joinTeamId, joinAs }: Rule): Rule =>
  roleId === undefined ? { claim, equals, joinTeamId, joinAs: joinAs ?? 'member' } : { claim, equals, roleId };

const newRule = (rule: Rule, position: number, issuerId: Id<'iss'>, { ids, now }: Deciding) => ({
  id: newId(ids, 'issr'),
  issuerId,
  position,
  claim: [...rule.claim],
  equals: rule.equals,
  roleId: rule.roleId ?? null,
  joinTeamId: rule.joinTeamId ?? null,
  joinAs: rule.joinTeamId === undefined ? null : (rule.joinAs ?? 'member'),
  createdAt: now,
});
