import { fold } from '#schema/fold.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contactUserLinks, organizations, principal, user } from '#schema/index.ts';
import type { CustomerSession } from '#services/access/customer.ts';
import { qb } from '#services/kernel/query.ts';
import type { Loadables } from '#services/kernel/verb.ts';
import type { CustomersFarSide, CustomerVerb } from '#services/portal/customer-verb.ts';
import { runCustomerVerb } from '#services/portal/run-customer-verb.ts';
import { testKernel } from './kernel.ts';
import type { World } from './world.ts';

export interface TestCustomer {
  session: CustomerSession;
  contactId: Id<'contact'>;
  name: string;
  /** Of a ticket that names the contact and, as the desk does, the login that it knows. */
  requester: { requesterContactId: Id<'contact'>; requesterPrincipalId: Id<'prin'> };
}

/** Runs a customer's verb in Node, and counts its round trips. */
export async function askCustomer<Input, Q extends Loadables, Output, Outside = undefined>(
  databaseUrl: string,
  session: CustomerSession,
  verb: CustomerVerb<Input, Q, Output, Outside>,
  input: Input,
  now?: Date,
  far?: CustomersFarSide,
): Promise<{ output: Output; trips: number }> {
  const kernel = testKernel(databaseUrl, now);
  const output = await runCustomerVerb(
    kernel,
    verb as unknown as CustomerVerb<Input, Loadables, Output, Outside>,
    input,
    session,
    far,
  );
  return { output, trips: kernel.db.spent.trips };
}

/** Somebody with a login that has proved to be a contact. */
export async function customer(
  world: World,
  { name = 'Ada Park', organizationId = null as Id<'org'> | null } = {},
): Promise<TestCustomer> {
  const { id: contactId, email } = await world.contact(name);
  const userId = world.newId('user');
  const principalId = world.newId('prin');
  await world.put(qb.insert(user).values({ id: userId, email, emailVerified: true }));
  await world.put(qb.insert(principal).values({ id: principalId, type: 'user', userId, displayName: name }));
  await link(world, contactId, userId);
  if (organizationId !== null)
    await world.db.query(`update contacts set organization_id = $1, organization_source = 'manual' where id = $2`, [
      idToUuid(organizationId),
      idToUuid(contactId),
    ]);
  const requester = { requesterContactId: contactId, requesterPrincipalId: principalId };
  return { session: { principalId, assurance: 'verified' }, contactId, name, requester };
}

export const link = (world: World, contactId: Id<'contact'>, userId: Id<'user'>): Promise<void> =>
  world.put(
    qb.insert(contactUserLinks).values({
      id: world.newId('culink'),
      contactId,
      userId,
      source: 'verified_email',
      actorKind: 'system',
      linkedAt: new Date(),
    }),
  );

/** A visitor who has proved nothing. */
export async function visitor(world: World, name = 'Visitor'): Promise<CustomerSession> {
  const principalId = world.newId('prin');
  await world.put(qb.insert(principal).values({ id: principalId, type: 'anonymous', displayName: name }));
  return { principalId, assurance: 'anonymous' };
}

export async function organization(world: World, name: string, more: object = {}): Promise<Id<'org'>> {
  const id = world.newId('org');
  await world.put(qb.insert(organizations).values({ id, name, sortName: fold(name), ...more }));
  return id;
}
