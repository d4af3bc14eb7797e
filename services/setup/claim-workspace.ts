import { type Id, newId } from '#schema/ids.ts';
import { inboxes, settings } from '#schema/index.ts';
import type { NewIssuer } from '#services/access/issuers/new-issuer.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change, type RootWrite, unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { settingsQuery, theSettings } from '#services/workspace/workspace-view.ts';
import { trustIssuer } from './first-issuer.ts';
import { makeOwner } from './make-owner.ts';
import { contactToLink, hasEverHadMember, ownerRoleQuery, personByEmail } from './setup-queries.ts';

export interface ClaimWorkspaceInput {
  name: string;
  /** As `normalizeEmail` gives it. */
  email: string;
  workspaceName: string;
  issuer?: NewIssuer | undefined;
}

export interface Claimed {
  principalId: Id<'prin'>;
  keyId: Id<'key'>;
  token: string;
  expiresAt: Date;
}

/**
 * Makes the first owner, with a key of everything for seven days, and the inbox `Support`. Nothing once anybody was a
 * member: of two at once, the one that lost the role `owner` finds the other's member.
 */
export const claimWorkspace = defineSystemVerb({
  name: 'claimWorkspace',
  actor: 'system',
  retryOn: ['user_email_key'],
  load: ({ email }: ClaimWorkspaceInput) => ({
    member: hasEverHadMember(),
    role: ownerRoleQuery(),
    person: personByEmail(email),
    contact: contactToLink(email),
    settings: settingsQuery(),
    inbox: statement(qb.select({ id: inboxes.id }).from(inboxes).limit(1)),
  }),
  decide(loaded, { name, email, workspaceName, issuer }, by, jwksUrl: string | undefined) {
    const permit = systemPermit('setup');
    const [role] = loaded.role;
    if (role === undefined) throw new TypeError('the role owner is missing');
    if (loaded.member[0]?.yes !== false) return unchanged<Claimed | null>(permit, null);
    const made = makeOwner(
      { email, name, found: loaded.person[0], grant: undefined, role, contact: loaded.contact[0] },
      by,
    );
    const trusted = trustIssuer(issuer, jwksUrl, email, by);
    const before = theSettings(loaded.settings);
    return change<Claimed | null>({
      permit,
      answer: {
        principalId: made.principalId,
        keyId: made.key.row.id,
        token: made.key.token,
        expiresAt: made.expiresAt,
      },
      holds: made.holds,
      roots: [
        ...made.roots,
        ...trusted.roots,
        {
          kind: 'update',
          table: settings,
          what: 'settings',
          loaded: before,
          set: { name: workspaceName, version: before.version + 1 },
        },
        ...(loaded.inbox.length > 0 ? [] : [firstInbox(newId(by.ids, 'inbox'), by.now)]),
      ],
      writes: made.writes,
      audit: {
        action: 'access.bootstrapped',
        target: { type: 'principal', id: made.principalId, label: made.displayName },
        changes: {
          workspaceName: [before.name, workspaceName],
          keyId: [null, made.key.row.id],
          issuer: [null, issuer?.issuer ?? null],
        },
      },
      events: [...made.events, ...trusted.events],
    });
  },
});

/** Mail and requests that no channel claims go to the default inbox, so there is one from the start. */
const firstInbox = (id: Id<'inbox'>, now: Date): RootWrite => ({
  kind: 'insert',
  table: inboxes,
  row: { id, name: 'Support', slug: 'support', isDefault: true, createdAt: now, updatedAt: now },
});
