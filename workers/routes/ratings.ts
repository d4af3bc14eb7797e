import * as z from 'zod';
import { RateBody, Rating } from '#schema/api/ratings.ts';
import { pageOf } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { runSystemVerb } from '#services/kernel/run-verb.ts';
import { listRatings } from '#services/ratings/list-ratings.ts';
import { rateTicket, readRating } from '#services/ratings/rate-ticket.ts';
import { jsonOf } from '../middleware/read-json.ts';
import { validate } from '../middleware/validate.ts';
import { PAGE_HEADERS, ratingForm, thanks } from './rating-page.ts';
import { publicRoute, staffRoute } from './route.ts';

const byToken = {
  path: '/csat/{token}',
  tag: 'tickets',
  permission: 'public',
  params: z.strictObject({
    token: z
      .string()
      .max(100)
      .meta({ examples: ['k0b6h9…'] }),
  }),
  answers: { 200: null },
} as const;

const FORM = 'application/x-www-form-urlencoded';
const FORM_BYTES = 16 * 1024;

const isForm = (headers: Headers): boolean => (headers.get('content-type') ?? '').toLowerCase().startsWith(FORM);

/** A browser that sends its form shows what comes back, and says that it takes a page; a program has no use for one. */
const wantsPage = (headers: Headers): boolean =>
  isForm(headers) && (headers.get('accept') ?? '').toLowerCase().includes('text/html');

/** A form has strings; an empty comment is none. */
function bodyOf(headers: Headers, bytes: Uint8Array): unknown {
  if (!isForm(headers)) return jsonOf(bytes);
  const { score, ...rest } = Object.fromEntries(new URLSearchParams(new TextDecoder().decode(bytes)));
  return { ...rest, ...(score === undefined ? {} : { score: Number(score) }) };
}

export const ratingRoutes = [
  staffRoute({
    id: 'listRatings',
    method: 'GET',
    path: '/api/v1/tickets/{ticketId}/ratings',
    tag: 'tickets',
    summary: 'List how the customer rated a ticket',
    permission: { anyOf: TICKET_VIEWS },
    check: 'resource',
    params: z.strictObject({ ticketId: idSchema('tkt') }),
    answers: { 200: pageOf(Rating) },
    idempotency: 'natural',
    verb: listRatings,
    input: ({ params }) => params,
    answer: (body) => ({ status: 200, body }),
  }),
  publicRoute({
    ...byToken,
    id: 'readRatingForm',
    method: 'GET',
    summary: 'Read the form of a request for a rating',
    description: 'A page for people. Looking rates nothing. Every token that counts no more is the same 404.',
    idempotency: 'natural',
    async handle(kernel, { params }) {
      const given = await runSystemVerb(kernel, readRating, { token: String(params.token) }, systemActor());
      return { status: 200, stream: ratingForm(given), headers: PAGE_HEADERS };
    },
  }),
  publicRoute({
    ...byToken,
    id: 'rateTicket',
    method: 'POST',
    summary: 'Rate a solved ticket',
    description:
      'From the form or as JSON `{score, comment}`. A second time changes the one rating. A program is answered 204; a form whose `Accept` names `text/html`, as browsers send it, gets a page of thanks with 200.',
    answers: { 200: null, 204: null },
    bytes: { contentTypes: [FORM, 'application/json'] },
    bodyLimit: FORM_BYTES,
    reasons: ['invalid_json'],
    idempotency: 'natural',
    async handle(kernel, { params, headers, bytes }) {
      const [body] = validate([{ in: 'body', schema: RateBody, value: bodyOf(headers, bytes) }]) as [
        z.output<typeof RateBody>,
      ];
      await rateTicket(kernel, { token: String(params.token), score: body.score, comment: body.comment || null });
      const vary = { vary: 'Accept' };
      return wantsPage(headers)
        ? { status: 200, stream: thanks(), headers: { ...PAGE_HEADERS, ...vary } }
        : { status: 204, headers: vary };
    },
  }),
];
