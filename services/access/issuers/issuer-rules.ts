import { ServiceError } from '#schema/errors.ts';
import type { TargetPolicy } from '#services/outbound/target-policy.ts';
import { brokenUrlRule } from '#services/outbound/url-rule.ts';
import type { Authority } from '../authority.ts';
import { notFound, type Permit, permitWorkspace } from '../permit.ts';
import type { ActingRole } from '../rules/acting-roles.ts';
import { requireOwner } from '../rules/owner-required.ts';
import type { LoadedIssuer } from './issuer-queries.ts';

/** Whoever controls an issuer can be anyone in its domains, so it is an owner's to trust one, in person (rule R5). */
export function permitIssuerChange(authority: Authority, acting: readonly ActingRole[], single: boolean): Permit {
  const view = 'admin.manage_settings';
  const permit = permitWorkspace(authority, 'admin.manage_settings', { view, single });
  if (!single) requireOwner(authority, acting);
  return permit;
}

/** As `permitIssuerChange` for one that exists. @throws ServiceError not_found before the rule of owners. */
export function permitKnownIssuer(
  authority: Authority,
  acting: readonly ActingRole[],
  [loaded]: readonly LoadedIssuer[],
): { permit: Permit; loaded: LoadedIssuer } {
  const permit = permitIssuerChange(authority, acting, true);
  if (loaded === undefined) throw notFound();
  requireOwner(authority, acting);
  return { permit, loaded };
}

/** As the table takes it: https, or the loopback of a developer's machine where the deployment opens it. */
const isStorable = (url: string): boolean => url.startsWith('https://') || url.startsWith('http://127.0.0.1:');

/** @throws ServiceError unprocessable `url_refused` with the broken rule. */
export function requireReachable(url: string, pointer: string, policy: TargetPolicy): void {
  const rule = brokenUrlRule(url, policy) ?? (isStorable(url) ? undefined : 'scheme');
  if (rule === undefined) return;
  const detail = `This address cannot be asked: ${rule.replaceAll('_', ' ')}.`;
  throw new ServiceError('unprocessable', detail, {
    reason: 'url_refused',
    extra: { rule },
    errors: [{ in: 'body', pointer, code: 'url_refused', detail }],
  });
}
