import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ISSUER_ALGORITHMS } from '../tables/auth-issuers.ts';
import { ISSUER_KINDS, ISSUER_SYNCS, PROVISIONS, TEAM_ROLES } from '../values.ts';
import { Instant } from './shared.ts';

const Address = z.url({ protocol: /^https?$/ }).max(2048);
const Audience = z.string().trim().min(1).max(255);
const Audiences = z.array(Audience).min(1).max(10).meta({
  description: 'Of these one stands in `aud`; for Cloudflare Access the AUD tags of its applications.',
});
const Algorithms = z.array(z.enum(ISSUER_ALGORITHMS)).min(1).max(ISSUER_ALGORITHMS.length);
const MaxTokenAge = z.int().min(300).max(604_800).meta({ description: 'Counted from `iat`.' });
const Provision = z.enum(PROVISIONS).meta({
  description:
    'Who comes in with a valid token: `off` only who is linked; `link` also a member whose verified address it proves; `create` also somebody new whom a rule takes in.',
});
const EmailDomains = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/, 'A domain in ASCII.'),
  )
  .max(50)
  .meta({ description: 'The addresses that this issuer may speak for; empty is none.' });
/** Segments, because a claim is often named by an address with dots in it. */
const ClaimPath = z
  .array(z.string().min(1).max(255))
  .min(1)
  .max(10)
  .meta({ examples: [['https://acme.example/groups']] });
const Sync = z.enum(ISSUER_SYNCS).meta({
  description: 'Whether the rules count when a person is first seen, or whenever their claims change.',
});

export const AuthIssuerRule = z
  .strictObject({
    claim: ClaimPath,
    equals: z.string().min(1).max(255).meta({ description: 'The claim is this text, or a list that has it.' }),
    roleId: idSchema('role').optional().meta({ description: 'A role at the workspace; this or a team.' }),
    joinTeamId: idSchema('team').optional(),
    joinAs: z.enum(TEAM_ROLES).optional().meta({ description: '`member` unless said.' }),
  })
  .refine((rule) => (rule.roleId === undefined) !== (rule.joinTeamId === undefined), {
    error: 'A rule gives a role or a place in a team, one of them.',
    params: { code: 'contradiction' },
  })
  .refine((rule) => rule.joinAs === undefined || rule.joinTeamId !== undefined, {
    error: 'This goes with a team.',
    path: ['joinAs'],
    params: { code: 'contradiction' },
  })
  .meta({
    id: 'AuthIssuerRule',
    examples: [{ claim: ['groups'], equals: 'support', roleId: 'role_01h455vb4pex5vsknk084sn02q' }],
  });

export type AuthIssuerRule = z.input<typeof AuthIssuerRule>;

/** Who may vouch for people of the desk. */
export const AuthIssuer = z
  .strictObject({
    id: idSchema('iss'),
    issuer: z.string(),
    kind: z.enum(ISSUER_KINDS),
    jwksUrl: z.string(),
    audiences: z.array(z.string()),
    algorithms: z.array(z.enum(ISSUER_ALGORITHMS)),
    maxTokenAgeSeconds: z.int(),
    provision: Provision,
    emailDomains: z.array(z.string()),
    scopeClaim: z.array(z.string()).nullable(),
    sync: Sync,
    rules: z.array(AuthIssuerRule),
    disabledAt: Instant.nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'AuthIssuer' });

export type AuthIssuer = z.input<typeof AuthIssuer>;

const ScopeClaim = ClaimPath.meta({
  description:
    'Where a token names permission keys; with it a token does no more than these, and nothing without them.',
});

export const CreateAuthIssuerBody = z
  .strictObject({
    issuer: Address.meta({ description: 'Exactly as in `iss`.' }),
    kind: z.enum(ISSUER_KINDS).default('oidc'),
    jwksUrl: Address.optional().meta({
      description: 'Where its keys are; found by OpenID Connect Discovery when left out.',
    }),
    audiences: Audiences,
    algorithms: Algorithms.default(['RS256', 'ES256']),
    maxTokenAgeSeconds: MaxTokenAge.default(86_400),
    provision: Provision.default('link'),
    emailDomains: EmailDomains.default([]),
    scopeClaim: ScopeClaim.nullable().default(null),
    sync: Sync.default('first'),
  })
  .meta({ id: 'CreateAuthIssuerBody' });

export const UpdateAuthIssuerBody = z
  .strictObject({
    jwksUrl: Address.optional(),
    audiences: Audiences.optional(),
    algorithms: Algorithms.optional(),
    maxTokenAgeSeconds: MaxTokenAge.optional(),
    provision: Provision.optional(),
    emailDomains: EmailDomains.optional(),
    scopeClaim: ScopeClaim.nullable().optional(),
    sync: Sync.optional(),
    version: z.int().positive().optional().meta({ description: 'As If-Match.' }),
  })
  .meta({ id: 'UpdateAuthIssuerBody' });

export const PutAuthIssuerRulesBody = z
  .strictObject({ rules: z.array(AuthIssuerRule).meta({ maxItems: 200 }) })
  .meta({ id: 'PutAuthIssuerRulesBody' });

export const TestAuthIssuerBody = z
  .strictObject({ token: z.string().min(1).max(8192) })
  .meta({ id: 'TestAuthIssuerBody' });

export const TOKEN_CHECKS = [
  'form',
  'issuer',
  'algorithm',
  'signature',
  'audience',
  'expiry',
  'issued_at',
  'not_before',
  'kind',
] as const;

/** What a token of this issuer would come to, claim by claim; nothing is written. */
export const AuthIssuerTest = z
  .strictObject({
    valid: z.boolean().meta({ description: 'Whether the token itself is taken.' }),
    checks: z.array(
      z
        .strictObject({ check: z.enum(TOKEN_CHECKS), passed: z.boolean(), detail: z.string() })
        .meta({ id: 'TokenCheck' }),
    ),
    person: z
      .strictObject({
        subject: z.string(),
        email: z.string().nullable(),
        emailProven: z.boolean(),
        mayBeSpokenFor: z.boolean().meta({ description: 'Whether the address is of a domain of this issuer.' }),
        principalId: idSchema('prin').nullable(),
      })
      .nullable()
      .meta({ description: 'Null for a token that is not taken.' }),
    outcome: z
      .enum(['member', 'links', 'joins', 'not_a_member', 'member_inactive', 'token_revoked', 'limit_reached'])
      .nullable(),
    rules: z.array(z.strictObject({ rule: AuthIssuerRule, matches: z.boolean(), found: z.unknown() })),
  })
  .meta({ id: 'AuthIssuerTest' });

export type AuthIssuerTest = z.input<typeof AuthIssuerTest>;
