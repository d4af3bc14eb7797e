import * as z from 'zod';
import {
  AcceptInvitationBody,
  Invitation,
  InvitationWithLink,
  InviteMemberBody,
  ResendInvitationBody,
  SHOWN_INVITATION_STATES,
} from '#schema/api/invitations.ts';
import { Member } from '#schema/api/members.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { acceptInvitation } from '#services/access/invitations/accept-invitation.ts';
import { inviteMember } from '#services/access/invitations/invite-member.ts';
import { listInvitations } from '#services/access/invitations/list-invitations.ts';
import { resendInvitation } from '#services/access/invitations/resend-invitation.ts';
import { revokeInvitation } from '#services/access/invitations/revoke-invitation.ts';
import { identityRoute, staffRoute } from './route.ts';

const tag = 'invitations';
const invitationPath = z.strictObject({ invitationId: idSchema('inv') });

export const invitationRoutes = [
  staffRoute({
    id: 'inviteMember',
    method: 'POST',
    path: '/api/v1/invitations',
    tag,
    summary: 'Invite somebody to the desk',
    description:
      'With a role it needs `admin.manage_roles` too, and never gives more than you hold, now or when it is accepted.',
    permission: 'admin.manage_users',
    check: 'workspace',
    body: InviteMemberBody,
    answers: { 201: InvitationWithLink },
    reasons: [
      'exceeds_ceiling',
      'person_required',
      'owner_required',
      'already_member',
      'already_invited',
      'unknown_reference',
      'scope_archived',
      'limit_reached',
    ],
    idempotency: 'key',
    secretFields: ['acceptUrl'],
    verb: inviteMember,
    input: ({ body }) => ({
      ...body,
      name: body.name ?? null,
      roleId: body.roleId ?? null,
      roleDays: body.roleDays ?? null,
      note: body.note ?? null,
    }),
    answer: (body) => ({ status: 201, body, headers: { location: `/api/v1/invitations/${body.id}` } }),
  }),
  staffRoute({
    id: 'listInvitations',
    method: 'GET',
    path: '/api/v1/invitations',
    tag,
    summary: 'List invitations, the newest first',
    permission: 'admin.manage_users',
    check: 'workspace',
    query: z.strictObject({ state: z.enum(SHOWN_INVITATION_STATES).optional(), ...pageQuery() }),
    answers: { 200: pageOf(Invitation) },
    idempotency: 'natural',
    verb: listInvitations,
    input: ({ query }) => ({ state: query.state, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  // Before the route of one invitation, whose path would take it in.
  identityRoute({
    id: 'acceptInvitation',
    method: 'POST',
    path: '/api/v1/invitations/accept',
    tag,
    summary: 'Accept an invitation as the person whom your token proves',
    description:
      'Send the token of your issuer as credential and the one of the invitation in the body. Your verified address is the invited one.',
    permission: 'identity',
    body: AcceptInvitationBody,
    answers: { 200: Member },
    reasons: [
      'invitation_used',
      'invitation_expired',
      'invitation_mismatch',
      'inviter_lost_authority',
      'already_member',
      'limit_reached',
    ],
    idempotency: 'none',
    roundTrips: 2,
    verb: acceptInvitation,
    input: ({ body }) => ({ token: body.token }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'resendInvitation',
    method: 'POST',
    path: '/api/v1/invitations/{invitationId}/resend',
    tag,
    summary: 'Send an invitation once more',
    description: 'Its former link stops working at once. At most five times in 24 hours.',
    permission: 'admin.manage_users',
    check: 'workspace',
    params: invitationPath,
    body: ResendInvitationBody,
    answers: { 200: InvitationWithLink },
    reasons: ['invitation_used', 'invitation_expired', 'limit_reached'],
    idempotency: 'key',
    secretFields: ['acceptUrl'],
    verb: resendInvitation,
    input: ({ params, body }) => ({ invitationId: params.invitationId, deliver: body.deliver }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'revokeInvitation',
    method: 'DELETE',
    path: '/api/v1/invitations/{invitationId}',
    tag,
    summary: 'Withdraw an invitation',
    permission: 'admin.manage_users',
    check: 'workspace',
    params: invitationPath,
    answers: { 204: null },
    reasons: ['invitation_used'],
    idempotency: 'natural',
    verb: revokeInvitation,
    input: ({ params }) => ({ invitationId: params.invitationId }),
    answer: () => ({ status: 204 }),
  }),
];
