import type { Id } from '#schema/ids.ts';
import type { ISSUER_ALGORITHMS } from '#schema/tables/auth-issuers.ts';
import type {
  GRANT_SOURCES,
  ISSUER_KINDS,
  ISSUER_SYNCS,
  MEMBER_STATES,
  PROVISIONS,
  TEAM_ROLES,
  ValueOf,
} from '#schema/values.ts';

/** What a token is verified against, and what its issuer may do. */
export interface TrustedIssuer {
  id: Id<'iss'>;
  issuer: string;
  kind: ValueOf<typeof ISSUER_KINDS>;
  jwksUrl: string;
  audiences: string[];
  algorithms: ValueOf<typeof ISSUER_ALGORITHMS>[];
  maxTokenAgeSeconds: number;
  provision: ValueOf<typeof PROVISIONS>;
  emailDomains: string[];
  sync: ValueOf<typeof ISSUER_SYNCS>;
  revision: number;
}

/** Who may be behind a token: the person of its account, else the one with its e-mail address. */
export interface KnownPerson {
  userId: Id<'user'>;
  email: string | null;
  emailVerified: boolean;
  principalId: Id<'prin'>;
  displayName: string;
  avatarUrl: string | null;
  memberState: ValueOf<typeof MEMBER_STATES> | null;
  memberSince: Date | null;
  tokensValidAfter: Date | null;
  version: number;
  revision: number;
  eventSeq: number;
}

/** What the issuer's rules give for the claims: a role at the workspace, or a place in a team. */
export interface MappedRole {
  roleId: Id<'role'>;
  roleKey: string;
  roleName: string;
  permissions: string[];
  revision: number;
}
export interface MappedTeam {
  teamId: Id<'team'>;
  joinAs: ValueOf<typeof TEAM_ROLES>;
  revision: number;
}

/** A grant at the workspace that nothing has ended yet. `own`: made by this issuer. */
export interface HeldGrant extends Omit<MappedRole, 'revision'> {
  id: Id<'rasn'>;
  expiresAt: Date | null;
  createdAt: Date;
  source: ValueOf<typeof GRANT_SOURCES>;
  own: boolean;
}

export interface HeldMembership {
  teamId: Id<'team'>;
  role: ValueOf<typeof TEAM_ROLES>;
  own: boolean;
}

/** What a sign-in may have to write about. */
export interface SignInNews {
  rules: (MappedRole | MappedTeam)[];
  grants: HeldGrant[];
  memberships: HeldMembership[];
  /** The workspace has as many members as it may. */
  full: boolean;
}

/** All that a sign-in leans on, read in the same trip as everything else. */
export interface SignIn {
  issuer: TrustedIssuer;
  /** Pages, beside our own, that may make a browser send its assertion with a change. */
  trustedOrigins: string[];
  account: { id: Id<'acct'>; known: boolean } | null;
  person: KnownPerson | null;
  /** Who has the proved address, read where a commit may come of it; null for a person who is some contact already. */
  contact: { id: Id<'contact'>; revision: number; eventSeq: number } | null;
  /** SHA-256 of which rules the claims meet, in which version of them. */
  digest: Uint8Array;
  /** No account yet, or claims that are not older than the last ones and mean something else; null when nothing is new. */
  news: SignInNews | null;
}
