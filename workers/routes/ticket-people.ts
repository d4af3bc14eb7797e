import * as z from 'zod';
import { pageOf } from '#schema/api/shared.ts';
import {
  MuteBody,
  Participant,
  PutParticipantBody,
  PutShareBody,
  PutSubscriptionBody,
  Share,
  Subscription,
} from '#schema/api/ticket-people.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { listParticipants } from '#services/participants/list-participants.ts';
import { putParticipant } from '#services/participants/put-participant.ts';
import { removeParticipant } from '#services/participants/remove-participant.ts';
import { listShares } from '#services/shares/list-shares.ts';
import { putShare } from '#services/shares/put-share.ts';
import { revokeShare } from '#services/shares/revoke-share.ts';
import { endSubscription } from '#services/subscriptions/end-subscription.ts';
import { getSubscription } from '#services/subscriptions/get-subscription.ts';
import { muteTicket } from '#services/subscriptions/mute-ticket.ts';
import { putSubscription } from '#services/subscriptions/put-subscription.ts';
import { unmuteTicket } from '#services/subscriptions/unmute-ticket.ts';
import type { Seat } from '#services/tickets/participants.ts';
import { staffRoute } from './route.ts';

const tag = 'ticket people';
const ticketPath = z.strictObject({ ticketId: idSchema('tkt') });
const reading = { tag, permission: { anyOf: TICKET_VIEWS }, check: 'resource' } as const;
const seating = { tag, permission: 'ticket.manage_participants', check: 'resource' } as const;
const sharing = { tag, permission: 'ticket.share_cross_team', check: 'resource' } as const;
const own = { ...reading, params: ticketPath, answers: { 200: Subscription } } as const;
const subscriptionAnswer = (body: z.input<typeof Subscription>) => ({ status: 200 as const, body });
const participants = '/api/v1/tickets/{ticketId}/participants';
const shares = '/api/v1/tickets/{ticketId}/shares';
const subscription = '/api/v1/tickets/{ticketId}/subscription';

/** The contract lets through exactly one of the two. */
const seatOf = ({ principalId, contactId, role }: z.output<typeof PutParticipantBody>): Seat => {
  if (contactId !== undefined) return { contactId, role };
  if (principalId !== undefined) return { principalId, role };
  throw new TypeError('a seat for nobody');
};

export const ticketPeopleRoutes = [
  staffRoute({
    ...reading,
    id: 'listParticipants',
    method: 'GET',
    path: participants,
    summary: 'List who takes part in a ticket',
    description: 'All of them, at most 50; the requester is none.',
    params: ticketPath,
    answers: { 200: pageOf(Participant) },
    idempotency: 'natural',
    verb: listParticipants,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...seating,
    id: 'putParticipant',
    method: 'PUT',
    path: participants,
    summary: 'Let somebody take part in a ticket, or change their role in it',
    description: 'Staff who take part see the ticket.',
    params: ticketPath,
    body: PutParticipantBody,
    example: { body: { principalId: 'prin_01h455vb4pex5vsknk084sn02q', role: 'watcher' } },
    answers: { 200: Participant, 201: Participant },
    reasons: ['ticket_merged', 'already_assigned', 'unknown_reference', 'limit_reached'],
    idempotency: 'natural',
    verb: putParticipant,
    input: ({ params, body }) => ({ ticketId: params.ticketId, seat: seatOf(body) }),
    answer: ({ created, ticketId, participant: body }) =>
      created
        ? { status: 201, body, headers: { location: `/api/v1/tickets/${ticketId}/participants` } }
        : { status: 200, body },
  }),
  staffRoute({
    ...seating,
    id: 'removeParticipant',
    method: 'DELETE',
    path: `${participants}/{participantId}`,
    summary: "End somebody's part in a ticket",
    params: z.strictObject({ ticketId: idSchema('tkt'), participantId: idSchema('tpart') }),
    answers: { 204: null },
    reasons: ['ticket_merged'],
    idempotency: 'natural',
    verb: removeParticipant,
    input: ({ params }) => params,
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...reading,
    id: 'listShares',
    method: 'GET',
    path: shares,
    summary: 'List the teams that a ticket is shared with',
    description: 'All of them, at most 20.',
    params: ticketPath,
    answers: { 200: pageOf(Share) },
    idempotency: 'natural',
    verb: listShares,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...sharing,
    id: 'putShare',
    method: 'PUT',
    path: shares,
    summary: 'Share a ticket with another team, or change the level',
    params: ticketPath,
    body: PutShareBody,
    answers: { 200: Share, 201: Share },
    reasons: ['ticket_merged', 'unknown_reference', 'team_archived', 'team_already_has_access', 'limit_reached'],
    idempotency: 'natural',
    verb: putShare,
    input: ({ params, body }) => ({ ticketId: params.ticketId, ...body }),
    answer: ({ created, ticketId, share: body }) =>
      created
        ? { status: 201, body, headers: { location: `/api/v1/tickets/${ticketId}/shares` } }
        : { status: 200, body },
  }),
  staffRoute({
    ...sharing,
    id: 'revokeShare',
    method: 'DELETE',
    path: `${shares}/{shareId}`,
    summary: 'End a share',
    params: z.strictObject({ ticketId: idSchema('tkt'), shareId: idSchema('tshare') }),
    answers: { 204: null },
    reasons: ['ticket_merged'],
    idempotency: 'natural',
    verb: revokeShare,
    input: ({ params }) => params,
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...own,
    id: 'getSubscription',
    method: 'GET',
    path: subscription,
    summary: 'Read what you are told of a ticket',
    description: 'Of the person behind the credential: a key asks for its creator.',
    idempotency: 'natural',
    verb: getSubscription,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: subscriptionAnswer,
  }),
  staffRoute({
    ...own,
    id: 'putSubscription',
    method: 'PUT',
    path: subscription,
    summary: 'Follow a ticket',
    description: 'Sets flags; absent ones keep. Ends a mute.',
    body: PutSubscriptionBody,
    example: { body: { notify: { shares: true } } },
    reasons: ['limit_reached'],
    idempotency: 'natural',
    verb: putSubscription,
    input: ({ params, body }) => ({ ticketId: params.ticketId, notify: body.notify ?? {} }),
    answer: subscriptionAnswer,
  }),
  staffRoute({
    ...own,
    id: 'endSubscription',
    method: 'DELETE',
    path: subscription,
    summary: 'Follow a ticket no more',
    answers: { 204: null },
    idempotency: 'natural',
    verb: endSubscription,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...own,
    id: 'muteTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/subscription/mute',
    summary: 'Be told nothing of a ticket',
    body: MuteBody,
    example: { body: {} },
    reasons: ['out_of_range', 'limit_reached'],
    idempotency: 'key',
    verb: muteTicket,
    input: ({ params, body }) => ({
      ticketId: params.ticketId,
      until: body.until === undefined ? undefined : new Date(body.until),
    }),
    answer: subscriptionAnswer,
  }),
  staffRoute({
    ...own,
    id: 'unmuteTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/subscription/unmute',
    summary: 'Be told of a ticket again',
    idempotency: 'key',
    verb: unmuteTicket,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: subscriptionAnswer,
  }),
];
