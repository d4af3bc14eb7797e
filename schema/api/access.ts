import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ACCESS_LEVELS, TEAM_ROLES } from '../values.ts';
import { GrantScope } from './roles.ts';
import { Instant } from './shared.ts';

const Permission = z.string().min(1).max(64).meta({ description: 'A key of the permission catalogue.' });

/** What access is asked about; left out for the workspace and its collections. */
export const AccessResource = z
  .union([
    z.strictObject({ ticketId: idSchema('tkt') }),
    z.strictObject({ teamId: idSchema('team') }),
    z.strictObject({ inboxId: idSchema('inbox') }),
  ])
  .meta({ id: 'AccessResource' });

export type AccessResource = z.output<typeof AccessResource>;

/** Ways to sight of a ticket; beside them a grant, or membership of an inbox, holds the permission itself. */
export const ACCESS_VIAS = [
  'all',
  'team',
  'inbox',
  'pool',
  'share',
  'open',
  'assigned',
  'created',
  'participant',
  'grant',
  'inbox_membership',
] as const;

export const AccessBecause = z
  .strictObject({
    via: z.enum(ACCESS_VIAS),
    permission: z.string().meta({ description: 'What this gives: the permission asked about, or sight.' }),
    scope: GrantScope,
    assignmentId: idSchema('rasn').optional(),
    roleKey: z.string().optional(),
    level: z.enum(ACCESS_LEVELS).optional().meta({ description: 'On the ticket, by this way.' }),
    teamId: idSchema('team').optional().meta({ description: 'The team through which the ticket is near or shared.' }),
    shareId: idSchema('tshare').optional(),
    until: Instant.optional(),
  })
  .meta({ id: 'AccessBecause' });

export type AccessBecause = z.input<typeof AccessBecause>;

/** Why access is missing, in the order in which answers give it. */
export const MISSING_REASONS = [
  'member_state',
  'no_grant',
  'inert_scope',
  'archived',
  'expired',
  'creator_authority',
  'key_scope',
  'key_limit',
  'not_visible',
  'missing_permission',
  'level',
] as const;

export const SUBJECT_STATES = ['suspended', 'removed', 'revoked'] as const;

export const AccessMissing = z
  .strictObject({
    reason: z.enum(MISSING_REASONS),
    state: z.enum(SUBJECT_STATES).optional().meta({
      description: 'With `member_state`: of the member, or of the creator of a key; `revoked` is the key itself.',
    }),
    assignmentId: idSchema('rasn').optional().meta({ description: 'The grant that would give it and does not.' }),
    roleKey: z.string().optional(),
    scope: GrantScope.optional(),
    since: Instant.optional().meta({ description: 'With `expired`: when the grant or the key ended.' }),
    shortfall: z.enum(['share_level', 'inbox_viewer', 'owning_side']).optional().meta({
      description: 'With `level`: what keeps it low.',
    }),
  })
  .meta({ id: 'AccessMissing' });

export type AccessMissing = z.input<typeof AccessMissing>;

export const ExplainAccessBody = z
  .strictObject({
    principalId: idSchema('prin').optional().meta({ description: 'A member; with no `keyId` either, the caller.' }),
    keyId: idSchema('key').optional(),
    permission: Permission,
    resource: AccessResource.optional(),
  })
  .refine(({ principalId, keyId }) => principalId === undefined || keyId === undefined, {
    error: 'Name a member or a key, not both.',
    path: ['keyId'],
  })
  .meta({ id: 'ExplainAccessBody' });

export const AccessExplanation = z
  .strictObject({
    allowed: z.boolean(),
    visible: z.boolean(),
    level: z.enum(ACCESS_LEVELS).nullable().meta({ description: 'On a ticket; null elsewhere and without sight.' }),
    needsLevel: z.enum(ACCESS_LEVELS).nullable(),
    because: z.array(AccessBecause),
    missing: z.array(AccessMissing),
  })
  .meta({ id: 'AccessExplanation' });

export type AccessExplanation = z.input<typeof AccessExplanation>;

export const MOST_PASSING = 100;

export const WhoCanBody = z
  .strictObject({
    permission: Permission,
    resource: AccessResource.optional(),
    limit: z.int().min(1).max(MOST_PASSING).default(MOST_PASSING),
    cursor: z.string().max(512).optional().meta({ description: '`page.next` of the page before.' }),
  })
  .meta({ id: 'WhoCanBody' });

/** A member, or a key with the member behind it. */
const subject = {
  kind: z.enum(['member', 'api_key']),
  principalId: idSchema('prin').meta({ description: 'The member; of a key, its creator.' }),
  keyId: idSchema('key').nullable(),
  name: z.string(),
};

export const Passing = z
  .strictObject({ ...subject, level: z.enum(ACCESS_LEVELS).nullable(), because: z.array(AccessBecause) })
  .meta({ id: 'Passing' });

export type Passing = z.input<typeof Passing>;

const Permissions = z.array(z.string().max(64)).max(200);

/** A change of access that is not made yet. */
export const AccessChange = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('setRolePermissions'),
      roleId: idSchema('role'),
      permissions: Permissions,
    }),
    z.strictObject({
      kind: z.literal('grant'),
      principalId: idSchema('prin'),
      roleId: idSchema('role'),
      scope: GrantScope.default({ kind: 'workspace' }),
      expiresAt: z.iso.datetime({ offset: true }).optional(),
    }),
    z.strictObject({ kind: z.literal('revoke'), assignmentId: idSchema('rasn') }),
    z.strictObject({
      kind: z.literal('membership'),
      teamId: idSchema('team'),
      principalId: idSchema('prin'),
      role: z.enum(TEAM_ROLES).nullable().meta({ description: 'Null takes the member out of the team.' }),
    }),
    z.strictObject({
      kind: z.literal('memberState'),
      principalId: idSchema('prin'),
      state: z.enum(['active', 'suspended', 'removed']),
    }),
    z.strictObject({ kind: z.literal('keyScopes'), keyId: idSchema('key'), scopes: Permissions }),
    z.strictObject({ kind: z.literal('archiveTeam'), teamId: idSchema('team') }),
  ])
  .meta({ id: 'AccessChange' });

export type AccessChange = z.output<typeof AccessChange>;

export const PreviewAccessBody = z
  .strictObject({ changes: z.array(AccessChange).min(1).max(20) })
  .meta({ id: 'PreviewAccessBody' });

const PlacedPermission = z.strictObject({ permission: z.string(), scope: GrantScope }).meta({ id: 'PlacedPermission' });

const TicketDifference = z
  .strictObject({
    number: z.int().nonnegative().meta({ description: 'Counted up to 1,000.' }),
    more: z.boolean(),
    samples: z.array(idSchema('tkt')).max(10).meta({ description: 'Those among them that you see.' }),
  })
  .meta({ id: 'TicketDifference' });

export const AccessDifference = z
  .strictObject({
    ...subject,
    permissions: z.strictObject({ gained: z.array(PlacedPermission), lost: z.array(PlacedPermission) }),
    tickets: z.strictObject({ gained: TicketDifference, lost: TicketDifference }),
  })
  .meta({ id: 'AccessDifference' });

export type AccessDifference = z.input<typeof AccessDifference>;

export const AccessPreview = z
  .strictObject({
    refusals: z
      .array(
        z.strictObject({
          change: z.int().nonnegative().meta({ description: 'Its place among the changes sent.' }),
          code: z.string(),
          reason: z.string().nullable(),
          detail: z.string(),
        }),
      )
      .meta({ description: 'Changes that would be refused as things are; the difference counts them all the same.' }),
    differences: z.array(AccessDifference),
    more: z.boolean().meta({ description: 'More people and keys are affected than are listed.' }),
  })
  .meta({ id: 'AccessPreview' });

export type AccessPreview = z.input<typeof AccessPreview>;
