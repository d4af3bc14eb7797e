import { expect } from 'vitest';
import type { JsonObject } from '#workers/openapi/components.ts';
import type { Bent, Prepared, RouteCaller } from './route-caller.ts';

/** Sends a bent request and expects its refusal before the database is asked. @returns the problem. */
export async function refused(
  caller: RouteCaller,
  prepared: Prepared,
  bent: Bent,
  problem: JsonObject,
): Promise<JsonObject> {
  const answer = await caller.send(prepared, { token: caller.full, ...bent });
  expect({ trips: answer.trips, ...answer.json }, answer.text).toMatchObject({ trips: 0, ...problem });
  return answer.json;
}

/** The problem of one broken field. */
export const brokenField = (
  where: 'path' | 'query' | 'body' | 'header',
  pointer: string,
  code: string,
): JsonObject => ({
  status: 400,
  code: 'invalid_request',
  errors: [{ in: where, pointer, code }],
});
