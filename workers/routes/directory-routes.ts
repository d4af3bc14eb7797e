import * as z from 'zod';
import { UnarchiveBody } from '#schema/api/contacts.ts';
import { pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import type { Id } from '#schema/ids.ts';
import type { ListRecordsInput } from '#services/directory/list-records.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import type { Answers, Shape, StaffContract } from './contract.ts';
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

interface Aimed<P extends 'contact' | 'org'> {
  id: Id<P>;
  ifMatch: VersionGuard | null;
}

/** What the routes of both are asked with, each with a part of the body. */
interface AskedOf<P extends 'contact' | 'org'> {
  params: Record<string, Id<P>>;
  body: { dropTaken: boolean; loserId: Id<P> };
  ifMatch: VersionGuard | null;
}

/** The routes that contacts and organisations have alike; `tag` is their path. */
export function directoryRoutes<P extends 'contact' | 'org', W extends Wire>(kind: {
  tag: 'contacts' | 'organizations';
  noun: 'Contact' | 'Organization';
  called: string;
  prefix: P;
  wire: W;
  mergeBody: z.ZodObject;
  taken: 'email_taken' | 'domain_taken';
  verbs: {
    get: AnyVerb<{ id: Id<P> }, { record: z.input<W> } | { mergedIntoId: Id<P> }>;
    archive: AnyVerb<Aimed<P>, z.input<W>>;
    unarchive: AnyVerb<Aimed<P> & { dropTaken: boolean }, z.input<W>>;
    merge: AnyVerb<Aimed<P> & { loserId: Id<P> }, z.input<W>>;
  };
}): StaffRoute[] {
  const { tag, noun, called, wire, verbs } = kind;
  const param = `${noun.toLowerCase()}Id`;
  const path = `/api/v1/${tag}/{${param}}` as const;
  const params = z.strictObject({ [param]: idSchema(kind.prefix) });
  const aimed = ({ params: given, ifMatch }: AskedOf<P>): Aimed<P> => ({ id: given[param] as Id<P>, ifMatch });
  // The schemas of a kind are known where it calls, not here: verb, input and answer are tied to each other instead.
  const route = <Input, Output>(
    parts: Omit<StaffContract<Shape, undefined, Shape | undefined, Answers>, 'idempotency'> & {
      idempotency: 'key' | 'natural';
      verb: AnyVerb<Input, Output>;
      input(asked: AskedOf<P>): Input;
      answer(output: Output): { status: number; body?: z.input<W>; headers: Record<string, string> };
    },
  ): StaffRoute => staffRoute(parts as never);
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
    route({
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
      verb: verbs.get,
      input: (asked) => ({ id: aimed(asked).id }),
      answer: (found) =>
        'record' in found
          ? answer(found.record)
          : { status: 301 as const, headers: { location: `/api/v1/${tag}/${found.mergedIntoId}` } },
    }),
    route({
      ...changing,
      id: `archive${noun}`,
      path: `${path}/archive`,
      summary: `Archive a${called}`,
      description: 'Its addresses or domains are free for others; people keep their tickets.',
      reasons: ['merged'],
      verb: verbs.archive,
      input: aimed,
      answer,
    }),
    route({
      ...changing,
      id: `unarchive${noun}`,
      path: `${path}/unarchive`,
      summary: `Bring a${called} back`,
      body: UnarchiveBody,
      reasons: ['merged', kind.taken, 'name_taken'],
      verb: verbs.unarchive,
      input: (asked) => ({ ...aimed(asked), dropTaken: asked.body.dropTaken }),
      answer,
    }),
    route({
      ...changing,
      permission: 'org.merge',
      id: `merge${noun}`,
      path: `${path}/merge`,
      summary: `Merge another one into a${called}`,
      description:
        'Own values win, empty ones are filled. The loser is archived and leads to the winner. This cannot be undone.',
      body: kind.mergeBody,
      reasons: ['merged', 'unknown_reference', 'merge_invalid', 'limit_reached'],
      verb: verbs.merge,
      input: (asked) => ({ ...aimed(asked), loserId: asked.body.loserId }),
      answer,
    }),
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
