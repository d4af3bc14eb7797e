import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { Reason } from '#schema/reasons.ts';
import { requireAtMost, unknownReference } from '#services/kernel/refusals.ts';
import { isPermission, PERMISSIONS, type Permission } from '../permissions.ts';
import { containsRange, formatIpRange, type IpRange, parseIpRange } from './ip-range.ts';
import type { KeyReach } from './key-powers.ts';
import type { ApiKeyRow, KeyRoom } from './key-queries.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
const MOST_DAYS = 366;
/** A key that can administer is a key to the house: it is renewed each quarter. */
const MOST_DAYS_ADMINISTERING = 90;
const MOST_PLACES = 50;

/** A place that a limit names, as loaded. */
export interface LimitPlace {
  id: Id<'team'> | Id<'inbox'>;
  archivedAt: Date | null;
}

/** Each once and in order, so that two spellings of one set are one set. */
export const distinct = <T extends string>(values: readonly T[]): T[] => [...new Set(values)].sort();

/**
 * Ranges in the form Postgres gives back. @throws ServiceError invalid_request, naming each that is none.
 */
export function readRanges(texts: readonly string[]): string[] {
  const ranges = texts.map(parseIpRange);
  const errors = ranges.flatMap((range, i) =>
    range === undefined
      ? [
          {
            in: 'body' as const,
            pointer: `/allowedIps/${i}`,
            code: 'invalid_format',
            detail: 'Expected an address or a CIDR range whose address has no bits beyond its length.',
          },
        ]
      : [],
  );
  if (errors.length > 0) throw new ServiceError('invalid_request', 'An address range is malformed.', { errors });
  return distinct(ranges.filter((range) => range !== undefined).map(formatIpRange));
}

/**
 * Scopes that exist, limits that are not empty, and no scope that a limit would make void.
 * @throws ServiceError unprocessable `scopes_required`, `unknown_permission`, `limit_empty`, `limit_reached`, `scope_not_allowed`.
 */
export function requireSound({ scopeKeys, teamIds, inboxIds }: KeyReach): void {
  if (scopeKeys.length === 0) throw refusal('scopes_required', '/scopes', 'A key needs at least one scope.');
  const unknown = scopeKeys.filter((key) => !isPermission(key));
  if (unknown.length > 0)
    throw refusal('unknown_permission', '/scopes', `There is no permission ${unknown.slice(0, 5).join(', ')}.`);
  for (const [pointer, ids] of [
    ['/teamIds', teamIds],
    ['/inboxIds', inboxIds],
  ] as const) {
    if (ids?.length === 0) throw refusal('limit_empty', pointer, 'A limit names at least one place; null is no limit.');
    requireAtMost(MOST_PLACES, ids ?? [], pointer);
  }
  if (teamIds === null && inboxIds === null) return;
  const wide = scopeKeys.filter((key) => isPermission(key) && PERMISSIONS[key].scopeKinds.length === 1);
  if (wide.length > 0)
    throw refusal('scope_not_allowed', '/scopes', `A limited key cannot hold ${wide.slice(0, 5).join(', ')}.`);
}

/** @throws ServiceError unprocessable `unknown_reference`, `scope_archived`. */
export function requirePlaces(wanted: readonly Id[] | null, found: readonly LimitPlace[], pointer: string): void {
  for (const id of wanted ?? []) {
    const place = found.find((each) => each.id === id);
    if (place === undefined) throw unknownReference(pointer);
    if (place.archivedAt !== null)
      throw refusal('scope_archived', pointer, 'A key cannot be limited to something that is archived.');
  }
}

/** 90 days, or as long as the key that makes it lives. */
export const defaultExpiry = (now: Date, asking: ApiKeyRow | undefined): Date =>
  new Date(Math.min(now.getTime() + DEFAULT_DAYS * DAY_MS, asking?.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY));

/** @throws ServiceError unprocessable `out_of_range`. That null needs an owner in person is the caller's to check. */
export function requireExpiry({ scopeKeys, expiresAt }: KeyReach, now: Date): void {
  if (expiresAt === null) return;
  const days = administers(scopeKeys) ? MOST_DAYS_ADMINISTERING : MOST_DAYS;
  if (expiresAt > now && expiresAt.getTime() <= now.getTime() + days * DAY_MS) return;
  throw refusal('out_of_range', '/expiresAt', `A key with these scopes ends after now and within ${days} days.`);
}

const administers = (scopes: readonly string[]): boolean => scopes.some((key) => key.startsWith('admin.'));

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireRoom([room]: readonly KeyRoom[]): void {
  if (room?.in_all) throw refusal('limit_reached', '', 'There are as many live keys as a workspace may have.');
  if (room?.of_one) throw refusal('limit_reached', '', 'One person can stand behind no more live keys.');
}

/** What of a key reaches further than before: the names of its fields. */
export function widened(before: KeyReach, after: KeyReach): string[] {
  const scopes = new Set<string>(closure(before.scopeKeys));
  return [
    after.scopeKeys.every((key) => scopes.has(key)) ? [] : ['scopes'],
    isWithin(after.teamIds, before.teamIds) ? [] : ['teamIds'],
    isWithin(after.inboxIds, before.inboxIds) ? [] : ['inboxIds'],
    rangesWithin(after.allowedIps, before.allowedIps) ? [] : ['allowedIps'],
    endsWithin(after.expiresAt, before.expiresAt) ? [] : ['expiresAt'],
  ].flat();
}

/** A key makes only keys within itself, in all five. @throws ServiceError forbidden `exceeds_ceiling`. */
export function requireWithin(asking: ApiKeyRow | undefined, made: KeyReach): void {
  const wider = asking === undefined ? [] : widened(asking, made);
  if (wider.length === 0) return;
  throw new ServiceError('forbidden', `A key makes nothing wider than itself: ${wider.join(', ')}.`, {
    reason: 'exceeds_ceiling',
    extra: { wider },
  });
}

const closure = (scopes: readonly string[]): readonly string[] =>
  scopes.filter(isPermission).flatMap((key: Permission) => [key, ...PERMISSIONS[key].implies]);

const isWithin = (inner: readonly Id[] | null, outer: readonly Id[] | null): boolean =>
  outer === null || (inner?.every((id) => outer.includes(id)) ?? false);

function rangesWithin(inner: readonly string[], outer: readonly string[]): boolean {
  if (outer.length === 0) return true;
  const around = parsed(outer);
  return inner.length > 0 && parsed(inner).every((range) => around.some((each) => containsRange(each, range)));
}

const parsed = (texts: readonly string[]): IpRange[] => texts.map(parseIpRange).filter((range) => range !== undefined);

const endsWithin = (inner: Date | null, outer: Date | null): boolean =>
  outer === null || (inner !== null && inner <= outer);

const refusal = (reason: Reason, pointer: string, detail: string): ServiceError =>
  new ServiceError('unprocessable', detail, { reason, errors: [{ in: 'body', pointer, code: reason, detail }] });
