import { createContact } from '#services/contacts/create-contact.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { createOrganization } from '#services/organizations/create-organization.ts';
import { act } from './act.ts';
import type { DemoMember } from './people.ts';
import { STORY } from './story.ts';

const ORGANIZATIONS = [
  ['Northwind Ferries', 'northwind-ferries.example'],
  ['Alder & Finch', 'alderfinch.example'],
  ['Kumo Robotics', 'kumo.example'],
] as const;

/** Those who write in the story, known beforehand; whose proved address is of a company's domain belongs to it. */
export async function meetCustomers(kernel: Kernel, owner: DemoMember): Promise<void> {
  for (const [name, domain] of ORGANIZATIONS) {
    await act(kernel, createOrganization, owner, { name, domains: [domain], website: `https://${domain}` });
  }
  const people = new Map(STORY.map(({ from: [name, email] }) => [email, name]));
  for (const [email, name] of people) {
    await act(kernel, createContact, owner, { name, emails: [{ email, verified: true }] });
  }
}
