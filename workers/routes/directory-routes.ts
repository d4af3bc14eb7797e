import * as z from 'zod';
import { UnarchiveBody } from '#schema/api/contacts.ts';
import { pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import type { Id } from '#schema/ids.ts';
import type { RecordInput } from '#services/directory/archive-record.ts';
import type { ListRecordsInput } from '#services/directory/list-records.ts';
import type { MergeInput } from '#services/directory/merge-record.ts';
import type { RecordRow } from '#services/directory/record-kind.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { type StaffRoute, staffRoute } from './route.ts';

/** What a contact or an organisation is called on the wire. */
type Wire = z.ZodObject & { _zod: { input: { id: string; version: number } } };

export const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });

export const viewing = { permission: 'org.view', check: 'resource' } as const;
export const managing = { permission: 'org.manage', check: 'resource' } as const;

export const listing = {
  q: z.string().max(200).optional().meta({ description: 'Words, each the beginning of one of theirs.' }),
  externalId: z.string().max(255).optional(),
  archived: z.enum(['true', 'false']).default('false'),
  ...pageQuery(),
};

/** The routes that contacts and organisations have alike; `tag` is their path. */
export function directoryRoutes<
  P extends 'contact' | 'org',
  Row extends RecordRow & { id: Id<P> },
  W extends Wire,
>(kind: {
  tag: 'contacts' | 'organizations';
  noun: 'Contact' | 'Organization';
  called: string;
  prefix: P;
  wire: W;
  mergeBody: z.ZodObject;
  taken: 'email_taken' | 'domain_taken';
  verbs: {
    get: AnyVerb<{ id: Id<P> }, { record: z.input<W> } | { mergedIntoId: Id<P> }>;
    archive: AnyVerb<RecordInput<Row>, z.input<W>>;
    unarchive: AnyVerb<RecordInput<Row> & { dropTaken: boolean }, z.input<W>>;
    merge: AnyVerb<MergeInput<Row>, z.input<W>>;
  };
}): StaffRoute[] {
  const { tag, noun, called, wire, verbs } = kind;
  const param = `${noun.toLowerCase()}Id`;
  const path = `/api/v1/${tag}/{${param}}` as const;
  const params = z.strictObject({ [param]: idSchema(kind.prefix) });
  const idIn = (asked: { params: Record<string, unknown> }): Id<P> => asked.params[param] as Id<P>;
  const answer = (body: z.input<W>) => ({
    status: 200 as const,
    body,
    headers: etag((body as { version: number }).version),
  });
  const changing = {
    ...managing,
    tag,
    params,
    method: 'POST',
    answers: { 200: wire },
    idempotency: 'key',
    version: 'optional',
  } as const;
  return [
    staffRoute({
      ...viewing,
      tag,
      id: `get${noun}`,
      method: 'GET',
      path,
      summary: `Read a${called}`,
      description: 'One that was merged answers 301 with the place of the one it went into.',
      params,
      answers: { 200: wire, 301: null },
      idempotency: 'natural',
      verb: verbs.get as never,
      input: (asked: { params: Record<string, unknown> }) => ({ id: idIn(asked) }),
      answer: (found: { record: z.input<W> } | { mergedIntoId: Id<P> }) =>
        'record' in found
          ? answer(found.record)
          : { status: 301 as const, headers: { location: `/api/v1/${tag}/${found.mergedIntoId}` } },
    } as never),
    staffRoute({
      ...changing,
      id: `archive${noun}`,
      path: `${path}/archive`,
      summary: `Archive a${called}`,
      description: 'Its addresses or domains are free for others; people keep their tickets.',
      reasons: ['merged'],
      verb: verbs.archive as never,
      input: (asked: { params: Record<string, unknown>; ifMatch: VersionGuard | null }) => ({
        id: idIn(asked),
        ifMatch: asked.ifMatch,
      }),
      answer,
    } as never),
    staffRoute({
      ...changing,
      id: `unarchive${noun}`,
      path: `${path}/unarchive`,
      summary: `Bring a${called} back`,
      body: UnarchiveBody,
      reasons: ['merged', kind.taken, 'name_taken'],
      verb: verbs.unarchive as never,
      input: (asked: {
        params: Record<string, unknown>;
        body: { dropTaken: boolean };
        ifMatch: VersionGuard | null;
      }) => ({
        id: idIn(asked),
        dropTaken: asked.body.dropTaken,
        ifMatch: asked.ifMatch,
      }),
      answer,
    } as never),
    staffRoute({
      ...changing,
      permission: 'org.merge',
      id: `merge${noun}`,
      path: `${path}/merge`,
      summary: `Merge another one into a${called}`,
      description:
        'Own values win, empty ones are filled. The loser is archived and leads to the winner. This cannot be undone.',
      body: kind.mergeBody,
      reasons: ['merged', 'unknown_reference', 'merge_invalid', 'limit_reached'],
      verb: verbs.merge as never,
      input: (asked: { params: Record<string, unknown>; body: { loserId: Id<P> }; ifMatch: VersionGuard | null }) => ({
        id: idIn(asked),
        loserId: asked.body.loserId,
        ifMatch: asked.ifMatch,
      }),
      answer,
    } as never),
  ];
}

/** The filters of a list as its verb takes them. */
export const listInput = (
  query: {
    q?: string | undefined;
    externalId?: string | undefined;
    archived: 'true' | 'false';
    limit: number;
    cursor?: string | undefined;
  },
  more: Partial<ListRecordsInput> = {},
): ListRecordsInput => ({
  q: query.q,
  externalId: query.externalId,
  archived: query.archived === 'true',
  limit: query.limit,
  cursor: query.cursor,
  ...more,
});
