import * as z from 'zod';
import {
  AuthIssuer,
  AuthIssuerTest,
  CreateAuthIssuerBody,
  PutAuthIssuerRulesBody,
  TestAuthIssuerBody,
  UpdateAuthIssuerBody,
} from '#schema/api/auth-issuers.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { createAuthIssuer } from '#services/access/issuers/create-auth-issuer.ts';
import { disableAuthIssuer } from '#services/access/issuers/disable-auth-issuer.ts';
import { getAuthIssuer } from '#services/access/issuers/get-auth-issuer.ts';
import { listAuthIssuers } from '#services/access/issuers/list-auth-issuers.ts';
import { putAuthIssuerRules } from '#services/access/issuers/put-auth-issuer-rules.ts';
import { testAuthIssuer } from '#services/access/issuers/test-auth-issuer.ts';
import { updateAuthIssuer } from '#services/access/issuers/update-auth-issuer.ts';
import { staffRoute } from './route.ts';

const tag = 'auth-issuers';
const issuerPath = z.strictObject({ issuerId: idSchema('iss') });
const permission = 'admin.manage_settings';
const check = 'workspace';
const issuerAnswer = (body: z.input<typeof AuthIssuer>) =>
  ({ status: 200, body, headers: { etag: `"${body.version}"` } }) as const;
const ownersOnly = 'For owners in person: who controls an issuer can be anybody in its domains.';

export const authIssuerRoutes = [
  staffRoute({
    id: 'createAuthIssuer',
    method: 'POST',
    path: '/api/v1/auth-issuers',
    tag,
    summary: 'Trust an issuer of tokens',
    description: `Its keys are found by OpenID Connect Discovery now, never by a request that carries a token. ${ownersOnly}`,
    permission,
    check,
    body: CreateAuthIssuerBody,
    example: {
      body: { issuer: 'https://login.customer.example', audiences: ['mallard'], emailDomains: ['customer.example'] },
    },
    answers: { 201: AuthIssuer },
    reasons: ['person_required', 'owner_required', 'url_refused', 'limit_reached', 'name_taken'],
    idempotency: 'key',
    verb: createAuthIssuer,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { etag: `"${body.version}"`, location: `/api/v1/auth-issuers/${body.id}` },
    }),
  }),
  staffRoute({
    id: 'listAuthIssuers',
    method: 'GET',
    path: '/api/v1/auth-issuers',
    tag,
    summary: 'List the issuers that are trusted',
    permission,
    check,
    query: z.strictObject({ includeDisabled: z.enum(['true', 'false']).default('false'), ...pageQuery() }),
    answers: { 200: pageOf(AuthIssuer) },
    idempotency: 'natural',
    verb: listAuthIssuers,
    input: ({ query }) => ({
      includeDisabled: query.includeDisabled === 'true',
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'getAuthIssuer',
    method: 'GET',
    path: '/api/v1/auth-issuers/{issuerId}',
    tag,
    summary: 'Read an issuer with its rules',
    permission,
    check,
    params: issuerPath,
    answers: { 200: AuthIssuer },
    idempotency: 'natural',
    verb: getAuthIssuer,
    input: ({ params }) => ({ issuerId: params.issuerId }),
    answer: issuerAnswer,
  }),
  staffRoute({
    id: 'updateAuthIssuer',
    method: 'PATCH',
    path: '/api/v1/auth-issuers/{issuerId}',
    tag,
    summary: 'Change what the tokens of an issuer are held to',
    description: `It acts on the next request of each of them. ${ownersOnly}`,
    permission,
    check,
    params: issuerPath,
    body: UpdateAuthIssuerBody,
    example: { body: { audiences: ['mallard'] } },
    answers: { 200: AuthIssuer },
    reasons: ['person_required', 'owner_required', 'url_refused'],
    idempotency: 'key',
    version: 'optional',
    verb: updateAuthIssuer,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({
      issuerId: params.issuerId,
      changes,
      ifMatch,
    }),
    answer: issuerAnswer,
  }),
  staffRoute({
    id: 'disableAuthIssuer',
    method: 'DELETE',
    path: '/api/v1/auth-issuers/{issuerId}',
    tag,
    summary: 'No longer trust an issuer',
    description: `Its tokens are refused from the next request on. What its rules gave stays and is listed. ${ownersOnly}`,
    permission,
    check,
    params: issuerPath,
    answers: { 204: null },
    reasons: ['person_required', 'owner_required'],
    idempotency: 'natural',
    version: 'optional',
    verb: disableAuthIssuer,
    input: ({ params, ifMatch }) => ({ issuerId: params.issuerId, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    id: 'putAuthIssuerRules',
    method: 'PUT',
    path: '/api/v1/auth-issuers/{issuerId}/rules',
    tag,
    summary: 'Say which claims bring which roles and teams',
    description: `The whole set; all rules that match apply. No claim makes an owner. ${ownersOnly}`,
    permission,
    check,
    params: issuerPath,
    body: PutAuthIssuerRulesBody,
    example: {
      body: { rules: [{ claim: ['groups'], equals: 'support', joinTeamId: 'team_01h455vb4pex5vsknk084sn02q' }] },
    },
    answers: { 200: AuthIssuer },
    reasons: [
      'person_required',
      'owner_required',
      'unknown_reference',
      'owner_not_mappable',
      'scope_archived',
      'limit_reached',
    ],
    idempotency: 'natural',
    version: 'required',
    verb: putAuthIssuerRules,
    input: ({ params, body, ifMatch }) => ({ issuerId: params.issuerId, rules: body.rules, ifMatch }),
    answer: issuerAnswer,
  }),
  staffRoute({
    id: 'testAuthIssuer',
    method: 'POST',
    path: '/api/v1/auth-issuers/{issuerId}/test',
    tag,
    summary: 'Explain what a token of an issuer comes to, claim by claim',
    description: `Writes nothing and keeps nothing of the token. ${ownersOnly}`,
    permission,
    check,
    params: issuerPath,
    body: TestAuthIssuerBody,
    answers: { 200: AuthIssuerTest },
    reasons: ['person_required', 'owner_required'],
    idempotency: 'none',
    verb: testAuthIssuer,
    input: ({ params, body }) => ({ issuerId: params.issuerId, token: body.token }),
    answer: (body) => ({ status: 200, body }),
  }),
];
