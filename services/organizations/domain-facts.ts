import { type SQL, sql } from 'drizzle-orm';
import { parentsOf } from '#schema/domain-name.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { apexOf, type SuffixRule } from '#schema/public-suffix.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

/** What is known of some hosts and the domains above them. */
export interface DomainFacts {
  rules: SuffixRule[];
  freeMail: string[];
  owned: { domain: string; organizationId: Id<'org'> }[];
  /** Whether people join organisations by domain, and whether an unknown one is made. */
  joins: boolean;
  creates: boolean;
}

/** `hosts` is an expression of type `text[]`; null asks for nothing. */
export function domainFacts(hosts: SQL): Statement<DomainFacts> {
  const found = rows<{ what: string; domain: string; detail: string }>(sql`
    with parent as (
      select distinct array_to_string(labels[i:], '.') as domain
      from unnest(${hosts}) host, string_to_array(host, '.') labels, generate_series(1, cardinality(labels)) i)
    select 'suffix' as what, s.suffix as domain, s.kind as detail from parent p join public_suffixes s on s.suffix in (p.domain, '*.' || p.domain)
    union all select 'free', f.domain, f.source from parent p join free_mail_domains f using (domain)
    union all select 'owned', d.domain, public.to_typeid('org', d.organization_id)
      from parent p join organization_domains d on d.domain = p.domain and d.active
    union all select 'setting', case when org_by_domain then 'joins' end, case when auto_create_organizations then 'creates' end from ticket_settings`);
  return {
    ...found,
    read(result) {
      const all = found.read(result);
      const of = (kind: string) => all.filter(({ what }) => what === kind);
      return {
        rules: of('suffix').map(({ domain, detail }) => ({ suffix: domain, kind: detail as SuffixRule['kind'] })),
        freeMail: of('free').map(({ domain }) => domain),
        owned: of('owned').map(({ domain, detail }) => ({ domain, organizationId: detail as Id<'org'> })),
        joins: of('setting').some(({ domain }) => domain === 'joins'),
        creates: of('setting').some(({ detail }) => detail === 'creates'),
      };
    },
  };
}

/**
 * Where an address at this host belongs: to the organisation with the longest of its domains down to the apex; or to none
 * yet, and then the apex is what one may be made for.
 */
export function placeOf(
  host: string,
  facts: DomainFacts,
): { organizationId: Id<'org'> } | { apex: string } | undefined {
  const apex = apexOf(host, facts.rules);
  const parents = parentsOf(host);
  if (apex === undefined || parents.some((parent) => facts.freeMail.includes(parent))) return undefined;
  const own = parents
    .slice(0, parents.indexOf(apex) + 1)
    .map((domain) => facts.owned.find((each) => each.domain === domain))
    .find((each) => each !== undefined);
  return own === undefined ? { apex } : { organizationId: own.organizationId };
}

/** @throws ServiceError unprocessable `public_suffix`, `free_mail_domain`: anybody may have a place below these. */
export function requireOwnDomain(domain: string, facts: Pick<DomainFacts, 'rules' | 'freeMail'>): void {
  const refuse = (reason: 'public_suffix' | 'free_mail_domain', detail: string): never => {
    throw new ServiceError('unprocessable', detail, { reason, extra: { domain } });
  };
  if (apexOf(domain, facts.rules) === undefined)
    refuse('public_suffix', 'Everybody may register below this; it is no domain of an organisation.');
  if (parentsOf(domain).some((parent) => facts.freeMail.includes(parent)))
    refuse('free_mail_domain', 'Anybody may have an address at this provider.');
}
