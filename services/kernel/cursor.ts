import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '#schema/errors.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { canonicalJson } from './canonical-json.ts';

const FORM = 1;
const MAC_BYTES = 16;
const MAX_CHARACTERS = 512;

/** What a cursor belongs to: the same list under the same sort and filters, whatever the page size. */
export interface CursorPlace {
  operation: string;
  sort: string;
  filter: unknown;
}

type CursorValue = string | number | null;

/** An opaque place in a keyset list, signed so that it cannot be made up. It grants nothing: visibility runs anew. */
export function writeCursor(keys: KeyRing, place: CursorPlace, values: readonly CursorValue[]): string {
  const [{ key }] = keys.derive('cursor');
  const body = Buffer.from(JSON.stringify([FORM, place.operation, place.sort, filterHash(place.filter), ...values]));
  return `${body.toString('base64url')}.${mac(key, body).toString('base64url')}`;
}

/** The signed bytes of a cursor of any list. @throws ServiceError invalid_request `invalid_cursor` when it is not ours. */
export function requireCursor(keys: KeyRing, text: string): Buffer {
  const [body, tag, ...rest] = text.split('.');
  const bytes = Buffer.from(body ?? '', 'base64url');
  const given = Buffer.from(tag ?? '', 'base64url');
  const ours =
    text.length <= MAX_CHARACTERS &&
    rest.length === 0 &&
    given.length === MAC_BYTES &&
    keys.derive('cursor').some(({ key }) => timingSafeEqual(mac(key, bytes), given));
  if (!ours) throw new ServiceError('invalid_request', 'This cursor is not one of ours.', { reason: 'invalid_cursor' });
  return bytes;
}

/** Whether a cursor is of this list, and what it holds. @throws ServiceError invalid_request `invalid_cursor` when it is not ours. */
export function cursorOf(
  keys: KeyRing,
  place: CursorPlace,
  text: string,
): { isOfList: boolean; values: CursorValue[] } {
  const bytes = requireCursor(keys, text);
  const [form, operation, sort, filter, ...values] = JSON.parse(bytes.toString('utf8')) as [
    number,
    string,
    string,
    string,
    ...CursorValue[],
  ];
  const isOfList =
    form === FORM && operation === place.operation && sort === place.sort && filter === filterHash(place.filter);
  return { isOfList, values };
}

/** @throws ServiceError invalid_request: `invalid_cursor` when it is not ours, `cursor_mismatch` when of another list. */
export function readCursor(keys: KeyRing, place: CursorPlace, text: string): CursorValue[] {
  const { isOfList, values } = cursorOf(keys, place, text);
  if (!isOfList) {
    throw new ServiceError('invalid_request', 'This cursor belongs to another list, sort or filter.', {
      reason: 'cursor_mismatch',
    });
  }
  return values;
}

const mac = (key: Uint8Array, body: Uint8Array): Buffer =>
  createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES);

const filterHash = (filter: unknown): string =>
  createHash('sha256').update(canonicalJson(filter)).digest('base64url').slice(0, 16);

/** A page of a list that was read with one row more than asked. */
export function pageOf<Row, Item>(
  found: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  cursor: (row: Row) => string,
): { data: Item[]; page: { next: string | null; hasMore: boolean } } {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { data: shown.map(item), page: { next: hasMore ? cursor(last) : null, hasMore } };
}

/** A list that is short by its own limit, whole, in the form of every list. */
export const wholePage = <Item>(data: Item[]): { data: Item[]; page: { next: string | null; hasMore: boolean } } => ({
  data,
  page: { next: null, hasMore: false },
});
