import type pg from 'pg';

/** Asks every hundredth ticket beside their share, and has a login: the one customer whose list is long. */
export const HEAVY_CUSTOMER = 0;
const CONTACTS_PER_TICKET = 1 / 5;
const FEWEST_CONTACTS = 1000;
const CONTACTS_PER_ORGANIZATION = 10;
export const TAGS = 200;

const GIVEN = `(array['Ada','Bo','Cleo','Dmitri','Esra','Farid','Gül','Hana','Ivo','Jun','Kofi','Lena','Mirko','Nadia','Oskar','Petra','Quinn','Rosa','Sven','Tala'])`;
const FAMILY = `(array['Abel','Brandt','Costa','Duarte','Eriksen','Ferri','Garcia','Haddad','Ito','Jansen','Kaya','Lindqvist','Moreau','Novak','Okafor','Petrov','Quist','Rossi','Singh','Tanaka','Urban','Vega','Weber','Xu','Yilmaz'])`;

const customers = (count: number): string => `
create temp table bench_organization as
select n, uuidv7() as id from generate_series(0, ${Math.ceil(count / CONTACTS_PER_ORGANIZATION) - 1}) n;
create unique index on bench_organization (n);
insert into organizations (id, name, sort_name, search_text)
  select id, 'Company ' || n, 'company ' || n, 'company ' || n || ' company-' || n || '.example' from bench_organization;
insert into organization_domains (organization_id, domain, is_primary)
  select id, 'company-' || n || '.example', true from bench_organization;
create temp table bench_contact as
select n, uuidv7() as id, n / ${CONTACTS_PER_ORGANIZATION} as organization,
  ${GIVEN}[1 + n % 20] || ' ' || ${FAMILY}[1 + n / 20 % 25] || ' ' || n as name,
  'person-' || n || '@company-' || n / ${CONTACTS_PER_ORGANIZATION} || '.example' as email
from generate_series(0, ${count - 1}) n;
create unique index on bench_contact (n);
analyze bench_contact;
insert into contacts (id, name, organization_id, organization_source, sort_name, search_text, external_id)
  select c.id, c.name, o.id, 'domain', fold(c.name), fold(c.name || ' ' || email || ' company-' || c.organization || '.example'), 'crm-' || c.n
  from bench_contact c join bench_organization o on o.n = c.organization;
insert into contact_emails (contact_id, email, is_primary, verified_at)
  select id, email, true, now() from bench_contact;
with heavy as (select c.id, c.name, c.email, uuidv7() as user_id from bench_contact c where c.n = ${HEAVY_CUSTOMER}),
  logins as (insert into "user" (id, email, email_verified) select user_id, email, true from heavy),
  people as (insert into principal (type, user_id, display_name) select 'user', user_id, name from heavy)
insert into contact_user_links (contact_id, user_id, source, actor_kind, linked_at) select id, user_id, 'verified_email', 'system', now() from heavy;
insert into ticket_tags (name) select 'topic-' || n from generate_series(1, ${TAGS}) n;
create temp table bench_tag as select row_number() over (order by id) - 1 as n, id from ticket_tags where name like 'topic-%';`;

/** Contacts with an address each, in organizations of ten with a domain, and tags; as many as go with the tickets. */
export async function fillCustomers(client: pg.Client, tickets: number): Promise<number> {
  const count = Math.max(FEWEST_CONTACTS, Math.round(tickets * CONTACTS_PER_TICKET));
  await client.query(customers(count));
  return count;
}
