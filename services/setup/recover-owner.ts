import { ServiceError } from '#schema/errors.ts';
import type { NewIssuer } from '#services/access/issuers/new-issuer.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { Claimed } from './claim-workspace.ts';
import { trustIssuer } from './first-issuer.ts';
import { makeOwner } from './make-owner.ts';
import { contactToLink, hasPermanentOwner, ownerGrantOf, ownerRoleQuery, personByEmail } from './setup-queries.ts';

export interface RecoverOwnerInput {
  /** As `normalizeEmail` gives it. */
  email: string;
  /** Also while there is an owner. */
  force: boolean;
  issuer?: NewIssuer | undefined;
}

/**
 * Makes a person whom the workspace knows its owner for good, whatever they were before, when it has none left. Only for
 * who reaches the database. @throws ServiceError not_found, conflict.
 */
export const recoverOwner = defineSystemVerb({
  name: 'recoverOwner',
  actor: 'system',
  load: ({ email }: RecoverOwnerInput) => ({
    owner: hasPermanentOwner(),
    role: ownerRoleQuery(),
    person: personByEmail(email),
    contact: contactToLink(email),
    grant: ownerGrantOf(email),
  }),
  decide(loaded, { email, force, issuer }, by, jwksUrl: string | undefined) {
    const permit = systemPermit('setup');
    const [role] = loaded.role;
    if (role === undefined) throw new TypeError('the role owner is missing');
    const [found] = loaded.person;
    if (found === undefined) throw new ServiceError('not_found', 'Nobody here has this address.');
    if (loaded.owner[0]?.yes !== false && !force)
      throw new ServiceError('conflict', 'There is an owner, who can make others. Use --force to do it all the same.');
    const { displayName: name, memberState } = found.principal;
    const made = makeOwner({ email, name, found, grant: loaded.grant[0], role, contact: loaded.contact[0] }, by);
    const trusted = trustIssuer(issuer, jwksUrl, email, by);
    return change<Claimed>({
      permit,
      answer: {
        principalId: made.principalId,
        keyId: made.key.row.id,
        token: made.key.token,
        expiresAt: made.expiresAt,
      },
      holds: made.holds,
      roots: [...made.roots, ...trusted.roots],
      writes: made.writes,
      audit: {
        action: 'access.recovered',
        target: { type: 'principal', id: made.principalId, label: made.displayName },
        changes: {
          state: [memberState, 'active'],
          keyId: [null, made.key.row.id],
          issuer: [null, issuer?.issuer ?? null],
        },
      },
      events: [...made.events, ...trusted.events],
    });
  },
});
