import * as z from 'zod';
import { ServiceError } from '#schema/errors.ts';
import { storableLine } from '#services/inbound/storable-text.ts';

const Numbered = z.object({ id: z.int().positive() });

/** What is kept beside the bytes of a payload, to find and to list it by. */
const Facts = z.object({
  action: z.string().optional().catch(undefined),
  repository: Numbered.optional().catch(undefined),
  issue: Numbered.optional().catch(undefined),
});

export interface DeliveryFacts {
  action: string | null;
  repositoryId: string | null;
  issueId: string | null;
}

/** @throws ServiceError invalid_request `invalid_json` for anything but a JSON object in UTF-8. */
export function readDeliveryFacts(bytes: Uint8Array): DeliveryFacts {
  const facts = Facts.safeParse(parsePayload(bytes));
  if (!facts.success) throw notJson();
  const { action, repository, issue } = facts.data;
  return {
    action: action === undefined ? null : storableLine(action, 100) || null,
    repositoryId: repository === undefined ? null : String(repository.id),
    issueId: issue === undefined ? null : String(issue.id),
  };
}

/** @throws ServiceError invalid_request `invalid_json`. */
export function parsePayload(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw notJson(cause);
  }
}

const notJson = (cause?: unknown): ServiceError =>
  new ServiceError('invalid_request', 'The body is no JSON object in UTF-8.', { reason: 'invalid_json', cause });

/** The part of an `issues` payload that opening a ticket needs. */
export const IssuePayload = z.object({
  action: z.string(),
  label: z.object({ name: z.string() }).optional(),
  issue: z.object({
    id: z.int().positive(),
    number: z.int().positive(),
    html_url: z.string(),
    title: z.string(),
    body: z.string().nullish(),
    state: z.string().optional(),
    pull_request: z.unknown().optional(),
    user: z.object({ login: z.string() }).nullish(),
    labels: z.array(z.union([z.string(), z.object({ name: z.string() })])).nullish(),
  }),
});

export type IssuePayload = z.output<typeof IssuePayload>;

export const labelNames = ({ labels }: IssuePayload['issue']): string[] =>
  (labels ?? []).map((label) => (typeof label === 'string' ? label : label.name));
