import * as z from 'zod';
import { Member, MemberStateBody, RemovedMember, UpdateMemberBody } from '#schema/api/members.ts';
import { anyOfQuery, pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { MEMBER_STATES } from '#schema/values.ts';
import { getMember } from '#services/access/members/get-member.ts';
import { listMembers } from '#services/access/members/list-members.ts';
import { reinstateMember } from '#services/access/members/reinstate-member.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { signOutMember } from '#services/access/members/sign-out-member.ts';
import { suspendMember } from '#services/access/members/suspend-member.ts';
import { updateMember } from '#services/access/members/update-member.ts';
import { staffRoute } from './route.ts';

const tag = 'members';
const params = z.strictObject({ principalId: idSchema('prin') });
const memberAnswer = (body: z.input<typeof Member>) => ({
  status: 200 as const,
  body,
  headers: { etag: `"${body.version}"` },
});
const reading = { tag, permission: 'team.view', check: 'workspace' } as const;
const administering = { tag, permission: 'admin.manage_users', check: 'workspace', params } as const;

export const memberRoutes = [
  staffRoute({
    ...reading,
    id: 'listMembers',
    method: 'GET',
    path: '/api/v1/members',
    summary: 'List the people of the desk',
    description: 'Address, state and grants are for holders of admin.manage_users, as is the filter by state.',
    query: z.strictObject({
      q: z.string().trim().min(1).max(120).optional().meta({ description: 'How the name begins.' }),
      state: anyOfQuery(MEMBER_STATES).optional().meta({ description: 'Active and suspended ones, unless said.' }),
      teamId: idSchema('team').optional(),
      ...pageQuery(),
    }),
    answers: { 200: pageOf(Member) },
    idempotency: 'natural',
    verb: listMembers,
    input: ({ query }) => ({
      q: query.q,
      states: query.state,
      teamId: query.teamId,
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...reading,
    id: 'getMember',
    method: 'GET',
    path: '/api/v1/members/{principalId}',
    summary: 'Read a member, removed ones too',
    params,
    answers: { 200: Member },
    idempotency: 'natural',
    verb: getMember,
    input: ({ params: { principalId } }) => ({ principalId }),
    answer: memberAnswer,
  }),
  staffRoute({
    ...administering,
    id: 'updateMember',
    method: 'PATCH',
    path: '/api/v1/members/{principalId}',
    summary: 'Change how a member is shown',
    body: UpdateMemberBody,
    answers: { 200: Member },
    reasons: ['outranks_you', 'target_not_member'],
    example: { body: { displayName: 'Ada Park' } },
    idempotency: 'key',
    version: 'optional',
    verb: updateMember,
    input: ({ params: { principalId }, body: { version: _guard, ...changes }, ifMatch }) => ({
      principalId,
      changes,
      ifMatch,
    }),
    answer: memberAnswer,
  }),
  staffRoute({
    ...administering,
    id: 'removeMember',
    method: 'DELETE',
    path: '/api/v1/members/{principalId}',
    summary: 'Remove a member',
    description:
      'Everything ends in one commit: grants, places, keys, invitations, subscriptions. Open tickets follow in a job. They come back by invitation only.',
    query: z.strictObject({
      reassignTicketsTo: idSchema('prin').optional().meta({ description: 'Who gets their open tickets; else nobody.' }),
      transferKeysTo: idSchema('prin').optional().meta({
        description:
          'Who gets their keys and webhooks, and covers each key; else the keys end. A key without an end is handed on by an owner.',
      }),
    }),
    answers: { 200: RemovedMember },
    reasons: [
      'self_change',
      'outranks_you',
      'last_owner',
      'exceeds_ceiling',
      'person_required',
      'owner_required',
      'target_not_member',
      'limit_reached',
    ],
    idempotency: 'natural',
    verb: removeMember,
    input: ({ params: { principalId }, query }) => ({
      principalId,
      reassignTicketsTo: query.reassignTicketsTo ?? null,
      transferKeysTo: query.transferKeysTo ?? null,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...administering,
    id: 'suspendMember',
    method: 'POST',
    path: '/api/v1/members/{principalId}/suspend',
    summary: 'Suspend a member',
    description: 'Their tokens and keys count for nothing from the next request on, until they are reinstated.',
    body: MemberStateBody,
    answers: { 200: Member },
    reasons: ['self_change', 'outranks_you', 'last_owner', 'target_not_member'],
    idempotency: 'key',
    verb: suspendMember,
    input: ({ params: { principalId }, body }) => ({ principalId, reason: body.reason ?? null }),
    answer: memberAnswer,
  }),
  staffRoute({
    ...administering,
    id: 'reinstateMember',
    method: 'POST',
    path: '/api/v1/members/{principalId}/reinstate',
    summary: 'Reinstate a suspended member',
    body: MemberStateBody,
    answers: { 200: Member },
    reasons: ['self_change', 'outranks_you', 'target_not_member'],
    idempotency: 'key',
    verb: reinstateMember,
    input: ({ params: { principalId }, body }) => ({ principalId, reason: body.reason ?? null }),
    answer: memberAnswer,
  }),
  staffRoute({
    ...administering,
    id: 'signOutMember',
    method: 'POST',
    path: '/api/v1/members/{principalId}/sign-out-everywhere',
    summary: 'End all sessions of a member',
    description: 'Tokens that were issued before now are refused. API keys stay.',
    answers: { 200: Member },
    reasons: ['outranks_you', 'target_not_member'],
    idempotency: 'key',
    verb: signOutMember,
    input: ({ params: { principalId } }) => ({ principalId }),
    answer: memberAnswer,
  }),
];
