import type { Id } from '#schema/ids.ts';
import { authIssuers } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import type { World } from './world.ts';

export async function makeIssuer(world: World): Promise<{ id: Id<'iss'> }> {
  const id = world.newId('iss');
  const issuer = `https://${id.replace('_', '-')}.example.com`;
  await world.put(qb.insert(authIssuers).values({ id, issuer, jwksUrl: `${issuer}/keys`, audiences: ['desk'] }));
  return { id };
}
