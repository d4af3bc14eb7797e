import { createHash } from 'node:crypto';
import { ServiceError } from './errors.ts';
import { ID_PREFIXES, type Prefix } from './id-prefixes.ts';
import { dashed, SUFFIX, splitTypeid, suffixToUuid, uuidToSuffix } from './typeid.ts';

export type * from './id-aliases.ts';
export { ID_PREFIXES, type Prefix };

declare const idBrand: unique symbol;

/** A TypeID (specification 0.3) of one kind. Only the functions of this module, the column codec and `idSchema` make one. */
export type Id<P extends Prefix = Prefix> = string & { readonly [idBrand]: P };

/** The pattern that validates, and that OpenAPI publishes. */
export const idPattern = (prefix: Prefix): string => `^${prefix}_${SUFFIX}$`;

/** `undefined` for text that is no TypeID of a registered prefix. `aud_rule_…` is an audience rule, never an audit event. */
export function prefixOf(text: string): Prefix | undefined {
  const prefix = splitTypeid(text)?.prefix;
  return prefix !== undefined && isPrefix(prefix) ? prefix : undefined;
}

/** What kind of thing an id names, in words: `ticket`, `api key`. */
export const entityOf = (id: Id): string => ID_PREFIXES[prefixOf(id) as Prefix].entity;

export const isId = <P extends Prefix>(prefix: P, text: unknown): text is Id<P> =>
  typeof text === 'string' && prefixOf(text) === prefix;

/** Why `text` is not an id of this kind, as the stable field code and a sentence for people; `undefined` when it is one. */
export function idProblem(
  prefix: Prefix,
  text: string,
): { code: 'malformed_id' | 'wrong_id_kind'; detail: string } | undefined {
  const found = prefixOf(text);
  if (found === prefix) return undefined;
  const wanted = `expected ${article(ID_PREFIXES[prefix].entity)} id like ${prefix}_…`;
  return found === undefined
    ? { code: 'malformed_id', detail: wanted }
    : { code: 'wrong_id_kind', detail: `${wanted}, got ${article(ID_PREFIXES[found].entity)} id` };
}

/** @throws ServiceError invalid_request, reason `malformed_id` or `wrong_id_kind`. */
export function parseId<P extends Prefix>(prefix: P, text: string): Id<P> {
  const problem = idProblem(prefix, text);
  if (problem !== undefined) throw new ServiceError('invalid_request', problem.detail, { reason: problem.code });
  return text as Id<P>;
}

/** Dashed lower-case hex. @throws TypeError for text that is no TypeID, which only a cast can bring here. */
export function idToUuid(id: Id): string {
  const parts = splitTypeid(id);
  if (parts === undefined) throw new TypeError('not a TypeID');
  return suffixToUuid(parts.suffix);
}

/** Takes dashed hex of any version and case, nothing else. @throws TypeError */
export function uuidToId<P extends Prefix>(prefix: P, uuid: string): Id<P> {
  const suffix = uuidToSuffix(uuid);
  if (suffix === undefined) throw new TypeError(`not a uuid for ${prefix}`);
  return `${prefix}_${suffix}` as string as Id<P>;
}

/**
 * A deterministic id: the first 128 bits of SHA-256 over prefix and parts joined by U+001F, as UUID version 8
 * (RFC 9562 §5.8). Equals SQL `hash_id`. @throws TypeError when a part holds U+001F.
 */
export function hashId<P extends Prefix>(prefix: P, parts: readonly string[]): Id<P> {
  if (parts.some((part) => part.includes('\u001f'))) throw new TypeError('a part of a hashed id holds U+001F');
  const bytes = createHash('sha256')
    .update([prefix, ...parts].join('\u001f'))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidToId(prefix, dashed(bytes.toString('hex')));
}

/** Gives the uuid of the next id. One per isolate, so a Worker's frozen clock still yields ids in order. */
export interface IdSource {
  nextUuid(): string;
}

export const newId = <P extends Prefix>(ids: IdSource, prefix: P): Id<P> => uuidToId(prefix, ids.nextUuid());

const isPrefix = (text: string): text is Prefix => Object.hasOwn(ID_PREFIXES, text);

const article = (noun: string): string => `${/^([aeio]|sla\b)/.test(noun) ? 'an' : 'a'} ${noun}`;
