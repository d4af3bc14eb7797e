import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { MEMBERSHIP_SOURCES, TEAM_ROLES } from '../values.ts';
import { accessEvent, FieldChanges, SAMPLE_MEMBER, SAMPLE_TEAM } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = { ...accessEvent, viewKey: 'team.view', dimensions: ['team'] } as const;
const aboutTeam = { ...about, entity: 'team' } as const;
// Memberships move the member's revision, as grants do.
const aboutMembership = { ...about, entity: 'principal' } as const;

const team = { teamId: idSchema('team'), slug: z.string(), name: z.string() };
const sample = { teamId: SAMPLE_TEAM, slug: 'billing', name: 'Billing' };

const membership = {
  teamId: idSchema('team'),
  principalId: idSchema('prin'),
  role: z.enum(TEAM_ROLES),
  source: z.enum(MEMBERSHIP_SOURCES),
};
const sampleMembership = { teamId: SAMPLE_TEAM, principalId: SAMPLE_MEMBER, role: 'member', source: 'manual' } as const;

export const teamEvents = {
  'team.created': defineEvent({ ...aboutTeam, label: 'Team created', payload: z.strictObject(team), sample }),
  'team.updated': defineEvent({
    ...aboutTeam,
    label: 'Team changed',
    payload: z.strictObject({ ...team, changes: FieldChanges }),
    sample: { ...sample, changes: [{ field: 'name', from: 'Invoices', to: 'Billing' }] },
  }),
  'team.archived': defineEvent({ ...aboutTeam, label: 'Team archived', payload: z.strictObject(team), sample }),
  'team.unarchived': defineEvent({ ...aboutTeam, label: 'Team unarchived', payload: z.strictObject(team), sample }),
  'team_membership.added': defineEvent({
    ...aboutMembership,
    label: 'Member joined a team',
    payload: z.strictObject(membership),
    sample: sampleMembership,
  }),
  'team_membership.updated': defineEvent({
    ...aboutMembership,
    label: 'Role in a team changed',
    payload: z.strictObject({ ...membership, previousRole: z.enum(TEAM_ROLES) }),
    sample: { ...sampleMembership, role: 'lead', previousRole: 'member' },
  }),
  'team_membership.removed': defineEvent({
    ...aboutMembership,
    label: 'Member left a team',
    payload: z.strictObject(membership),
    sample: sampleMembership,
  }),
};
