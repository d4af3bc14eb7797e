import * as z from 'zod';
import {
  AddContactEmailBody,
  Contact,
  ContactEmail,
  ContactLink,
  CreateContactBody,
  DuplicateContact,
  MergeContactBody,
  UpdateContactBody,
  UpdateContactEmailBody,
  UpsertContactBody,
} from '#schema/api/contacts.ts';
import { pageOf } from '#schema/api/shared.ts';
import { normalizeEmail } from '#schema/email-address.ts';
import { idSchema } from '#schema/id-schema.ts';
import { addContactEmail } from '#services/contacts/add-contact-email.ts';
import { archiveContact } from '#services/contacts/archive-contact.ts';
import { createContact } from '#services/contacts/create-contact.ts';
import { getContact } from '#services/contacts/get-contact.ts';
import { linkContact } from '#services/contacts/link-contact.ts';
import { listContactEmails } from '#services/contacts/list-contact-emails.ts';
import { listContactLinks } from '#services/contacts/list-contact-links.ts';
import { listContacts } from '#services/contacts/list-contacts.ts';
import { listDuplicates } from '#services/contacts/list-duplicates.ts';
import { mergeContact } from '#services/contacts/merge-contact.ts';
import { removeContactEmail } from '#services/contacts/remove-contact-email.ts';
import { unarchiveContact } from '#services/contacts/unarchive-contact.ts';
import { unlinkContact } from '#services/contacts/unlink-contact.ts';
import { updateContact } from '#services/contacts/update-contact.ts';
import { updateContactEmail } from '#services/contacts/update-contact-email.ts';
import { upsertContact } from '#services/contacts/upsert-contact.ts';
import { directoryRoutes, etag, listInput, listing, managing, viewing } from './directory-routes.ts';
import { staffRoute } from './route.ts';

const tag = 'contacts';
const at = '/api/v1/contacts/{contactId}' as const;
const params = z.strictObject({ contactId: idSchema('contact') });
const emailPath = params.extend({ emailId: idSchema('cmail') });
const linkPath = params.extend({ linkId: idSchema('culink') });
const FIELD_REASONS = ['unknown_reference', 'unknown_field', 'invalid_field'] as const;
const answered = (body: z.input<typeof Contact>) => ({ headers: etag(body.version), body });

export const contactRoutes = [
  staffRoute({
    ...managing,
    check: 'workspace',
    tag,
    id: 'createContact',
    method: 'POST',
    path: '/api/v1/contacts',
    summary: 'Make a contact',
    body: CreateContactBody,
    example: { body: { name: 'Ada Park', emails: [{ email: 'ada.new@customer.example' }] } },
    answers: { 201: Contact },
    reasons: ['email_taken', 'name_taken', ...FIELD_REASONS],
    idempotency: 'key',
    verb: createContact,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/contacts/${body.id}` },
    }),
  }),
  staffRoute({
    ...viewing,
    check: 'workspace',
    tag,
    id: 'listContacts',
    method: 'GET',
    path: '/api/v1/contacts',
    summary: 'List contacts by name',
    query: z.strictObject({
      email: z
        .string()
        .max(320)
        .transform((text, context) => {
          const email = normalizeEmail(text);
          if (email === undefined)
            context.addIssue({
              code: 'custom',
              message: 'This is no e-mail address.',
              params: { code: 'invalid_format' },
            });
          return email ?? '';
        })
        .optional()
        .meta({ type: 'string', description: 'Who has this address.', examples: ['ada@customer.example'] }),
      organization: idSchema('org').optional(),
      ...listing,
    }),
    answers: { 200: pageOf(Contact) },
    idempotency: 'natural',
    verb: listContacts,
    input: ({ query }) => listInput(query, { part: query.email, organizationId: query.organization }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    check: 'workspace',
    tag,
    id: 'upsertContact',
    method: 'POST',
    path: '/api/v1/contacts/upsert',
    summary: 'Make a contact or change the one that there is',
    description: 'Found by address or external id; an archived one comes back. Two at once make one.',
    body: UpsertContactBody,
    answers: { 200: Contact, 201: Contact },
    reasons: ['name_taken', ...FIELD_REASONS],
    example: { body: { identifier: { email: 'ada.upserted@customer.example' }, onCreate: { name: 'Ada Park' } } },
    idempotency: 'key',
    verb: upsertContact,
    input: ({ body }) => body,
    answer: ({ created, contact }) =>
      created
        ? {
            status: 201,
            body: contact,
            headers: { ...etag(contact.version), location: `/api/v1/contacts/${contact.id}` },
          }
        : { status: 200, ...answered(contact) },
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'updateContact',
    method: 'PATCH',
    path: at,
    summary: 'Change a contact',
    description: 'Absent keeps, null clears.',
    params,
    body: UpdateContactBody,
    answers: { 200: Contact },
    reasons: ['merged', 'name_taken', ...FIELD_REASONS],
    example: { body: { title: 'Head of Operations' } },
    idempotency: 'key',
    version: 'optional',
    verb: updateContact,
    input: ({ params: { contactId }, body: { version: _guard, moveTickets, ...changes }, ifMatch }) => ({
      id: contactId,
      changes,
      moveTickets,
      ifMatch,
    }),
    answer: (body) => ({ status: 200, ...answered(body) }),
  }),
  ...directoryRoutes({
    tag,
    noun: 'Contact',
    called: ' contact',
    prefix: 'contact',
    wire: Contact,
    mergeBody: MergeContactBody,
    taken: 'email_taken',
    verbs: { get: getContact, archive: archiveContact, unarchive: unarchiveContact, merge: mergeContact },
  }),
  staffRoute({
    ...viewing,
    tag,
    id: 'listDuplicateContacts',
    method: 'GET',
    path: `${at}/duplicates`,
    summary: 'List who may be the same person, and why',
    params,
    answers: { 200: pageOf(DuplicateContact) },
    idempotency: 'natural',
    verb: listDuplicates,
    input: ({ params: { contactId } }) => ({ id: contactId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...viewing,
    tag,
    id: 'listContactEmails',
    method: 'GET',
    path: `${at}/emails`,
    summary: 'List the addresses of a contact',
    params,
    answers: { 200: pageOf(ContactEmail) },
    idempotency: 'natural',
    verb: listContactEmails,
    input: ({ params: { contactId } }) => ({ id: contactId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'addContactEmail',
    method: 'POST',
    path: `${at}/emails`,
    summary: 'Give a contact an address',
    params,
    body: AddContactEmailBody,
    example: { body: { email: 'ada.other@customer.example' } },
    answers: { 201: ContactEmail },
    reasons: ['merged', 'email_taken', 'limit_reached'],
    idempotency: 'key',
    verb: addContactEmail,
    input: ({ params: { contactId }, body }) => ({ id: contactId, ...body }),
    answer: ({ contactId, email }) => ({
      status: 201,
      body: email,
      headers: { location: `/api/v1/contacts/${contactId}/emails` },
    }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'updateContactEmail',
    method: 'PATCH',
    path: `${at}/emails/{emailId}`,
    summary: 'Make an address the primary one, or vouch for it',
    params: emailPath,
    body: UpdateContactEmailBody,
    example: { body: { verified: true } },
    answers: { 200: ContactEmail },
    reasons: ['merged'],
    idempotency: 'key',
    verb: updateContactEmail,
    input: ({ params: { contactId, emailId }, body }) => ({ id: contactId, emailId, ...body }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'removeContactEmail',
    method: 'DELETE',
    path: `${at}/emails/{emailId}`,
    summary: 'Take an address from a contact',
    description: 'A login that was tied by it loses the contact’s tickets at once.',
    params: emailPath,
    answers: { 204: null },
    reasons: ['merged'],
    idempotency: 'natural',
    verb: removeContactEmail,
    input: ({ params: { contactId, emailId } }) => ({ id: contactId, emailId }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...viewing,
    tag,
    id: 'listContactLinks',
    method: 'GET',
    path: `${at}/links`,
    summary: 'List the logins of a contact',
    params,
    answers: { 200: pageOf(ContactLink) },
    idempotency: 'natural',
    verb: listContactLinks,
    input: ({ params: { contactId } }) => ({ id: contactId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'linkContact',
    method: 'POST',
    path: `${at}/links`,
    summary: 'Tie a login to a contact',
    description: 'Only one that has proved its address; from then on it has the tickets of the contact.',
    params,
    body: z.strictObject({ userId: idSchema('user') }).meta({ id: 'LinkContactBody' }),
    answers: { 201: ContactLink },
    reasons: ['merged', 'user_already_linked', 'unknown_reference', 'user_not_verified'],
    idempotency: 'key',
    verb: linkContact,
    input: ({ params: { contactId }, body: { userId } }) => ({ id: contactId, userId }),
    answer: (body) => ({ status: 201, body, headers: { location: `/api/v1/contacts/${body.contactId}/links` } }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'unlinkContact',
    method: 'DELETE',
    path: `${at}/links/{linkId}`,
    summary: 'Untie a login from a contact',
    params: linkPath,
    answers: { 204: null },
    reasons: ['merged'],
    idempotency: 'natural',
    verb: unlinkContact,
    input: ({ params: { contactId, linkId } }) => ({ id: contactId, linkId }),
    answer: () => ({ status: 204 }),
  }),
];
