import type pg from 'pg';
import { uuidToId } from '#schema/ids.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { customerCte } from '#services/access/customer.ts';
import { listContacts } from '#services/contacts/list-contacts.ts';
import { type ListCustomersInput, listCustomers } from '#services/contacts/list-customers.ts';
import type { ListRecordsInput } from '#services/directory/list-records.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { listOrganizations } from '#services/organizations/list-organizations.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { credentialOf, PAGE } from './lists.ts';
import type { Scene } from './measure-read.ts';

/** Lists of people and companies, and what the one customer sees who has a hundredth of all tickets. */
export async function recordScenes(client: pg.Client, filled: FilledDesk, { now, keys }: Kernel): Promise<Scene[]> {
  const at = { now, keys, auth: authorityCte(credentialOf(filled.agentToken), now) };
  const page = { limit: PAGE, cursor: undefined };
  const anybody = {
    q: undefined,
    kind: undefined,
    organizationId: undefined,
    segmentId: undefined,
    archived: false,
  } as const;
  const customers = (what: string, more: Partial<ListCustomersInput>): Scene => {
    const { hints, found } = listCustomers.load({ ...anybody, sort: 'name', ...page, ...more }, at);
    return { what: `customers${what}`, statement: found, before: hints };
  };
  const contacts = (what: string, more: Partial<ListRecordsInput>): Scene => {
    const { hints, found } = listContacts.load({ archived: false, ...page, ...more }, at);
    return { what: `contacts${what}`, statement: found, before: hints };
  };
  const { rows } = await client.query<{ id: string }>(
    `select p.id from principal p join contact_user_links l on l.user_id = p.user_id join contacts c on c.id = l.contact_id
     where c.external_id = 'crm-0'`,
  );
  const session = { principalId: uuidToId('prin', rows[0]?.id ?? ''), assurance: 'verified' } as const;
  const portal = listPortalTickets.load(
    { status: undefined, ...page },
    { now, keys, session, c: customerCte(session) },
  );
  return [
    customers(' by name', {}),
    customers(', newest first', { sort: '-created' }),
    customers(' by two words', { q: 'lena moreau' }),
    customers(' by a domain', { q: 'company-77.example' }),
    contacts(' by name', {}),
    contacts(' by a first name', { q: 'lena' }),
    contacts(' by the beginning of an address', { q: 'person-1234' }),
    { what: 'organizations by name', statement: listOrganizations.load({ archived: false, ...page }, at).found },
    { what: 'portal: of the customer with most tickets', statement: portal.found, before: portal.hints },
  ];
}
