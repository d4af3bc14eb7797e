import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { AccessLevel, Authority } from './authority.ts';
import {
  grantsOn,
  holdsAnywhere,
  holdsAtPlace,
  holdsAtTeam,
  holdsAtWorkspace,
  isLimited,
  lacking,
  levelOf,
  type TicketFacts,
  ticketArm,
  ticketDenial,
  withinLimits,
} from './can.ts';
import { type Customer, type CustomerTicket, isRequester, mayReply, seesTicket } from './customer.ts';
import { type Permission, TICKET_VIEWS } from './permissions.ts';
import { managesShared, type Sharing, seesShared } from './sharing.ts';
import type { Identity } from './sign-in/identity.ts';

declare const permitBrand: unique symbol;

/**
 * Proof that permission was checked on the loaded resource. A change or an answer cannot be built without one, and only
 * this file makes them, so forgetting the check does not compile.
 */
export interface Permit {
  readonly [permitBrand]: true;
  readonly permission: Permission | 'public' | 'system' | 'self' | 'identity' | 'customer';
  /** The role assignments that allowed it, kept in the audit row. */
  readonly via: readonly string[];
}

/** Background work that acts as the system and names itself. */
export type SystemJob =
  | 'tick'
  | 'dispatch'
  | 'deliver'
  | 'github_inbound'
  | 'mail_inbound'
  | 'retention'
  | 'seed'
  | 'dead_letter'
  | 'bulk_job'
  | 'setup';
/** Doors that authenticate by something else than a staff credential. */
export type PublicDoor = 'health' | 'github_signature' | 'mail_envelope' | 'file_link' | 'rating_link';

const issue = (permission: Permit['permission'], via: readonly string[] = []): Permit =>
  ({ permission, via }) as Permit;

export const systemPermit = (_job: SystemJob): Permit => issue('system');
export const publicPermit = (_door: PublicDoor): Permit => issue('public');
export const selfPermit = (_authority: Authority): Permit => issue('self');
/** For what the holder of a verified token may do for themselves, member or not. */
export const identityPermit = (_verified: Identity): Permit => issue('identity');

/** For what every customer may do: ask, and list what is theirs. */
export const customerPermit = (_customer: Customer): Permit => issue('customer');

/** Sight of one ticket as a customer. @throws ServiceError not_found, the same for absent, foreign and deleted. */
export function permitCustomerView(customer: Customer, ticket: CustomerTicket | undefined): Permit {
  if (ticket === undefined || !seesTicket(customer, ticket)) throw notFound();
  return issue('customer');
}

/** What a customer does on a ticket: writing, or what only its requester may. Sight first (404), then the right (403). */
export function permitCustomer(customer: Customer, act: 'reply' | 'own', ticket: CustomerTicket | undefined): Permit {
  const permit = permitCustomerView(customer, ticket);
  if (ticket === undefined || !(act === 'reply' ? mayReply : isRequester)(customer, ticket)) {
    throw new ServiceError('forbidden', 'You may read this request and not do this with it.', {
      reason: 'reply_not_allowed',
    });
  }
  return permit;
}

/** A workspace thing or collection. @throws ServiceError not_found without sight of a single one, else forbidden. */
export function permitWorkspace(
  authority: Authority,
  key: Permission,
  sight: { view: Permission; single: boolean },
): Permit {
  if (isLimited(authority)) throw sight.single ? notFound() : forbidden(key, 'key_limit');
  if (sight.single && !holdsAtWorkspace(authority, sight.view)) throw notFound();
  demand(authority, key, (of) => holdsAtWorkspace(of, key));
  return issue(key, viaOf(authority, key));
}

/** Set-up that tickets refer to: held at some scope is enough to read it. */
export function permitAnywhere(authority: Authority, keys: readonly Permission[]): Permit {
  const heldBy = (of: Authority) => keys.find((key) => holdsAnywhere(of, key));
  const held = heldBy(authority);
  if (held === undefined)
    throw forbidden(
      keys[0] as Permission,
      lacking(authority, (of) => heldBy(of) !== undefined),
    );
  return issue(held, viaOf(authority, held));
}

/** A list, search or feed of tickets: its statement carries `visible`; here only whether there is any sight at all. */
export const permitTicketList = (authority: Authority): Permit => permitAnywhere(authority, TICKET_VIEWS);

/** Sight of one ticket. @throws ServiceError not_found, the same for absent and invisible. */
export function permitTicketView(authority: Authority, ticket: TicketFacts | undefined): Permit {
  if (ticket === undefined || ticketArm(authority, ticket) === undefined) throw notFound();
  return issue('ticket.view_assigned');
}

/** An action on one ticket: sight first (404), then permission and level (403). */
export function permitTicket(
  authority: Authority,
  key: Permission,
  ticket: TicketFacts | undefined,
  level: AccessLevel = levelOf(key),
): Permit {
  if (ticket === undefined || ticketArm(authority, ticket) === undefined) throw notFound();
  const denial = ticketDenial(authority, key, ticket, level);
  if (denial !== undefined) throw forbidden(key, denial);
  return issue(key, viaOf(authority, key, grantsOn(authority, key, ticket)));
}

/** Placement by a key with limits leaves the ticket inside them. @throws ServiceError forbidden `key_limit`. */
export function requireWithinLimits(authority: Authority, key: Permission, after: TicketFacts): void {
  if (!withinLimits(authority, after)) throw forbidden(key, 'key_limit');
}

/** One team: sight first (404), then the permission there (403). A limited key reaches inside its teams only. */
export function permitTeam(
  authority: Authority,
  key: 'team.view' | 'team.manage',
  team: Id<'team'> | undefined,
): Permit {
  if (team === undefined || !holdsAtTeam(authority, 'team.view', team)) throw notFound();
  demand(authority, key, (of) => holdsAtTeam(of, key, team));
  return issue(key, viaOf(authority, key));
}

/** A saved view or a macro that is there: sight first (404), then the right to change it (403). */
export function permitShared(
  authority: Authority,
  key: 'view.manage' | 'macro.manage',
  at: Sharing | undefined,
  act: 'see' | 'change',
): Permit {
  if (at === undefined || !holdsAnywhere(authority, 'ticket.view_assigned') || !seesShared(authority, key, at))
    throw notFound();
  return act === 'see' ? issue('ticket.view_assigned') : permitSharing(authority, key, at);
}

/** Offering a saved view or a macro to somebody. Everybody on the staff may keep their own. */
export function permitSharing(authority: Authority, key: 'view.manage' | 'macro.manage', at: Sharing): Permit {
  if (at.audience === 'private') permitTicketList(authority);
  demand(authority, key, (of) => managesShared(of, key, at), limitOf(authority));
  return at.audience === 'private' ? issue('self') : issue(key, viaOf(authority, key));
}

/** Creating something at a team or inbox. */
export function permitCreate(
  authority: Authority,
  key: Permission,
  place: { teamId: Id<'team'> | null; inboxId: Id<'inbox'> | null },
): Permit {
  demand(authority, key, (of) => holdsAtPlace(of, key, place), limitOf(authority));
  return issue(key, viaOf(authority, key));
}

/** @throws ServiceError forbidden, for `otherwise` unless nothing but scopes stand in the way. */
function demand(
  authority: Authority,
  key: Permission,
  holds: (of: Authority) => boolean,
  otherwise: 'missing_permission' | 'key_limit' = 'missing_permission',
): void {
  if (holds(authority)) return;
  const lack = lacking(authority, holds);
  throw forbidden(key, lack === 'key_scope' ? lack : otherwise);
}

const limitOf = (authority: Authority) => (isLimited(authority) ? 'key_limit' : 'missing_permission');

export const notFound = (): ServiceError =>
  new ServiceError('not_found', 'There is no such thing here, or you may not see it.');

export const forbidden = (key: Permission, reason: NonNullable<ServiceError['details']['reason']>): ServiceError =>
  new ServiceError('forbidden', `This needs the permission ${key}.`, { reason, extra: { required: [key] } });

/** Several permissions that one commit leans on, as the audit keeps them. */
export const joinPermits = (first: Permit, others: readonly Permit[]): Permit =>
  issue(first.permission, [...new Set([first, ...others].flatMap(({ via }) => via))]);

const viaOf = (authority: Authority, key: Permission, among = authority.grants): string[] => [
  ...new Set(among.filter((grant) => grant.key === key).flatMap((grant) => grant.via)),
];
