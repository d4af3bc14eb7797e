import * as z from 'zod';
import { DryRun, dryRunQuery } from '#schema/api/dry-run.ts';
import type { Answers } from './contract.ts';
import type { Route, StaffRoute } from './route.ts';

/** Every change by staff can be tried out: a guess at a code, which is nobody's of the desk, has to count. */
export const takesDryRun = (route: Pick<Route, 'kind' | 'method' | 'idempotency' | 'dryRun'>): boolean =>
  route.kind === 'staff' && route.method !== 'GET' && route.idempotency !== 'none' && route.dryRun !== false;

/** The route with the parameter that asks for it. */
export const withDryRun = (route: StaffRoute): StaffRoute =>
  takesDryRun(route) ? { ...route, query: (route.query ?? z.strictObject({})).safeExtend(dryRunQuery) } : route;

/** What a route may answer when it refuses nothing, a dry run among it. */
export function answersOf(route: Route): Answers {
  if (!takesDryRun(route)) return route.answers;
  const ok = route.answers[200];
  return { ...route.answers, 200: ok === undefined || ok === null ? DryRun : z.union([ok, DryRun]) };
}
