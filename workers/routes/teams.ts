import * as z from 'zod';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { CreateTeamBody, SetTeamMemberBody, Team, TeamMember, UpdateTeamBody } from '#schema/api/teams.ts';
import { idSchema } from '#schema/id-schema.ts';
import { archiveTeam } from '#services/access/teams/archive-team.ts';
import { createTeam } from '#services/access/teams/create-team.ts';
import { getTeam } from '#services/access/teams/get-team.ts';
import { listTeamMembers } from '#services/access/teams/list-team-members.ts';
import { listTeams } from '#services/access/teams/list-teams.ts';
import { removeTeamMember } from '#services/access/teams/remove-team-member.ts';
import { setTeamMember } from '#services/access/teams/set-team-member.ts';
import { unarchiveTeam } from '#services/access/teams/unarchive-team.ts';
import { updateTeam } from '#services/access/teams/update-team.ts';
import { staffRoute } from './route.ts';

const tag = 'teams';
const teamPath = z.strictObject({ teamId: idSchema('team') });
const memberPath = z.strictObject({ teamId: idSchema('team'), principalId: idSchema('prin') });
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const teamAnswer = (body: z.input<typeof Team>) => ({ status: 200 as const, body, headers: etag(body.version) });
const viewing = { tag, permission: 'team.view', check: 'resource' } as const;
const managing = { tag, permission: 'team.manage', check: 'resource' } as const;

export const teamRoutes = [
  staffRoute({
    ...managing,
    check: 'workspace',
    id: 'createTeam',
    method: 'POST',
    path: '/api/v1/teams',
    summary: 'Make a team',
    body: CreateTeamBody,
    answers: { 201: Team },
    reasons: ['name_taken', 'limit_reached'],
    idempotency: 'key',
    verb: createTeam,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/teams/${body.id}` },
    }),
  }),
  staffRoute({
    ...viewing,
    check: 'anywhere',
    id: 'listTeams',
    method: 'GET',
    path: '/api/v1/teams',
    summary: 'List the teams you may see',
    query: z.strictObject({ includeArchived: z.enum(['true', 'false']).default('false'), ...pageQuery() }),
    answers: { 200: pageOf(Team) },
    idempotency: 'natural',
    verb: listTeams,
    input: ({ query }) => ({
      includeArchived: query.includeArchived === 'true',
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...viewing,
    id: 'getTeam',
    method: 'GET',
    path: '/api/v1/teams/{teamId}',
    summary: 'Read a team',
    params: teamPath,
    answers: { 200: Team },
    idempotency: 'natural',
    verb: getTeam,
    input: ({ params }) => ({ teamId: params.teamId }),
    answer: teamAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'updateTeam',
    method: 'PATCH',
    path: '/api/v1/teams/{teamId}',
    summary: 'Change how a team is called and shown',
    description: 'Absent keeps, null clears.',
    params: teamPath,
    body: UpdateTeamBody,
    answers: { 200: Team },
    reasons: ['name_taken'],
    example: { body: { description: 'Answers in the evening' } },
    idempotency: 'key',
    version: 'optional',
    verb: updateTeam,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({
      teamId: params.teamId,
      changes,
      ifMatch,
    }),
    answer: teamAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'archiveTeam',
    method: 'DELETE',
    path: '/api/v1/teams/{teamId}',
    summary: 'Archive a team',
    description:
      'Its grants and memberships are inert until it comes back. `uses` of a refusal names what still needs it.',
    params: teamPath,
    answers: { 204: null },
    reasons: ['team_in_use'],
    idempotency: 'natural',
    version: 'optional',
    verb: archiveTeam,
    input: ({ params, ifMatch }) => ({ teamId: params.teamId, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...managing,
    id: 'unarchiveTeam',
    method: 'POST',
    path: '/api/v1/teams/{teamId}/unarchive',
    summary: 'Bring a team back',
    params: teamPath,
    answers: { 200: Team },
    reasons: ['name_taken', 'limit_reached'],
    idempotency: 'key',
    version: 'optional',
    verb: unarchiveTeam,
    input: ({ params, ifMatch }) => ({ teamId: params.teamId, ifMatch }),
    answer: teamAnswer,
  }),
  staffRoute({
    ...viewing,
    id: 'listTeamMembers',
    method: 'GET',
    path: '/api/v1/teams/{teamId}/members',
    summary: 'List who is in a team',
    params: teamPath,
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(TeamMember) },
    idempotency: 'natural',
    verb: listTeamMembers,
    input: ({ params, query }) => ({ teamId: params.teamId, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    id: 'setTeamMember',
    method: 'PUT',
    path: '/api/v1/teams/{teamId}/members/{principalId}',
    summary: 'Take a member into a team, or change their part in it',
    params: memberPath,
    body: SetTeamMemberBody,
    answers: { 200: TeamMember, 201: TeamMember },
    reasons: ['target_not_member', 'self_change', 'exceeds_ceiling', 'scope_archived', 'limit_reached'],
    idempotency: 'natural',
    verb: setTeamMember,
    input: ({ params, body }) => ({ teamId: params.teamId, principalId: params.principalId, role: body.role }),
    answer: ({ created, member }) =>
      created
        ? { status: 201, body: member, headers: { location: `/api/v1/teams/${member.teamId}/members` } }
        : { status: 200, body: member },
  }),
  staffRoute({
    ...managing,
    id: 'removeTeamMember',
    method: 'DELETE',
    path: '/api/v1/teams/{teamId}/members/{principalId}',
    summary: 'Take a member out of a team',
    params: memberPath,
    answers: { 204: null },
    reasons: ['self_change'],
    idempotency: 'natural',
    verb: removeTeamMember,
    input: ({ params }) => ({ teamId: params.teamId, principalId: params.principalId }),
    answer: () => ({ status: 204 }),
  }),
];
