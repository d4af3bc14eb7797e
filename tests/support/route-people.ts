import { contactEmails, contactUserLinks, organizationDomains, organizations } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import type { Thing } from './route-things.ts';
import type { World } from './world.ts';

export async function makeAddress(world: World): Promise<Thing> {
  const id = world.newId('cmail');
  const { id: contactId } = await world.contact();
  await world.put(qb.insert(contactEmails).values({ id, contactId, email: `${id}@customer.test` }));
  return { id };
}

export async function makeLink(world: World): Promise<Thing> {
  const id = world.newId('culink');
  const [{ id: contactId }, { userId }] = [await world.contact(), await world.member()];
  const link = { id, contactId, userId, source: 'manual', actorKind: 'system', linkedAt: new Date() } as const;
  await world.put(qb.insert(contactUserLinks).values(link));
  return { id };
}

export async function makeDomain(world: World): Promise<Thing> {
  const [id, organizationId] = [world.newId('odom'), world.newId('org')];
  await world.put(qb.insert(organizations).values({ id: organizationId, name: 'Customer', sortName: 'customer' }));
  const domain = `${id.replace('_', '-')}.test`;
  await world.put(qb.insert(organizationDomains).values({ id, organizationId, domain }));
  return { id };
}
