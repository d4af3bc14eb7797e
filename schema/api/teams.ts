import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { MEMBERSHIP_SOURCES, TEAM_ROLES } from '../values.ts';
import { Instant, oneLine } from './shared.ts';

const Slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Lower-case letters and digits, single hyphens between.');
const Name = oneLine(1, 120);
const Description = z.string().trim().max(2000);
const ShortLabel = oneLine(1, 8);
const Color = z.string().regex(/^#[0-9a-f]{6}$/, 'A colour like #2563eb.');

export const Team = z
  .strictObject({
    id: idSchema('team'),
    slug: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    shortLabel: z.string().nullable(),
    color: z.string().nullable(),
    archivedAt: Instant.nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'Team' });

export type Team = z.input<typeof Team>;

export const CreateTeamBody = z
  .strictObject({
    slug: Slug,
    name: Name,
    description: Description.optional(),
    shortLabel: ShortLabel.optional(),
    color: Color.optional(),
  })
  .meta({ id: 'CreateTeamBody' });

export const UpdateTeamBody = z
  .strictObject({
    slug: Slug.optional(),
    name: Name.optional(),
    description: Description.nullable().optional(),
    shortLabel: ShortLabel.nullable().optional(),
    color: Color.nullable().optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateTeamBody' });

export const TeamMember = z
  .strictObject({
    teamId: idSchema('team'),
    principalId: idSchema('prin'),
    displayName: z.string(),
    avatarUrl: z.string().nullable(),
    role: z
      .enum(TEAM_ROLES)
      .meta({ description: 'A lead is whom escalations and notifications address; it grants nothing.' }),
    source: z.enum(MEMBERSHIP_SOURCES),
    joinedAt: Instant,
  })
  .meta({ id: 'TeamMember' });

export type TeamMember = z.input<typeof TeamMember>;

export const SetTeamMemberBody = z
  .strictObject({ role: z.enum(TEAM_ROLES).default('member') })
  .meta({ id: 'SetTeamMemberBody' });
