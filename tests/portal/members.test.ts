import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import type { CustomerSession } from '#services/access/customer.ts';
import { reinstateMember } from '#services/access/members/reinstate-member.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { suspendMember } from '#services/access/members/suspend-member.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { qb } from '#services/kernel/query.ts';
import type { Loadables } from '#services/kernel/verb.ts';
import { addPortalPerson } from '#services/portal/add-portal-person.ts';
import { createPortalTicket } from '#services/portal/create-portal-ticket.ts';
import type { CustomerVerb } from '#services/portal/customer-verb.ts';
import { deletePortalMessage } from '#services/portal/delete-portal-message.ts';
import { editPortalMessage } from '#services/portal/edit-portal-message.ts';
import { followPortalTicket } from '#services/portal/follow-portal-ticket.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { linkPortalFile } from '#services/portal/link-portal-file.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import { ratePortalTicket } from '#services/portal/rate-portal-ticket.ts';
import { reopenPortalTicket } from '#services/portal/reopen-portal-ticket.ts';
import { replyPortalTicket } from '#services/portal/reply-portal-ticket.ts';
import { runCustomerVerb } from '#services/portal/run-customer-verb.ts';
import { setPortalFields } from '#services/portal/set-portal-fields.ts';
import { solvePortalTicket } from '#services/portal/solve-portal-ticket.ts';
import { stagePortalFile } from '#services/portal/stage-portal-file.ts';
import { askCustomer, link } from '../support/ask-customer.ts';
import { askVerb } from '../support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKernel } from '../support/kernel.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { fileOn, openLink, uploadOf } from '../support/portal-files.ts';
import { nextTransaction, writtenSince } from '../support/table-states.ts';
import { createWorld, type Member, type World } from '../support/world.ts';

let db: TestDatabase;
let world: World;
let owner: string;
const files = memoryFiles();
const far = { files, filesOrigin: 'https://files.desk.test' };

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  owner = (await world.keyFor(PERMISSION_KEYS)).token;
});
afterAll(() => db.drop());

interface Both {
  member: Member;
  session: CustomerSession;
  /** What they asked as a customer, and what they take part in as one of the desk. */
  asked: Id<'tkt'>;
  worked: Id<'tkt'>;
  fileId: Id<'tatt'>;
  /** To the file of what they asked, given to their session. */
  url: string;
}

/** A member who is a customer of the desk too. */
async function memberWhoAsks(): Promise<Both> {
  const member = await world.member({ role: 'agent', teams: [world.teams.support] });
  const contact = await world.contact(member.name);
  await db.query('update contact_emails set email = $1 where contact_id = $2', [member.email, idToUuid(contact.id)]);
  await link(world, contact.id, member.userId);
  const session = { principalId: member.id, assurance: 'verified' } as const;
  const asked = await world.ticket({ requesterContactId: contact.id, requesterPrincipalId: member.id });
  const worked = await world.ticket({ assigneePrincipalId: member.id });
  const seat = { id: world.newId('tpart'), ticketId: worked.id, principalId: member.id } as const;
  await world.put(qb.insert(ticketParticipants).values({ ...seat, role: 'cc', actorKind: 'system' }));
  const fileId = await fileOn(world, files, asked.id, 2, { audience: 'public', deleted: false });
  const { output } = await askCustomer(db.url, session, linkPortalFile, { attachmentId: fileId }, undefined, far);
  return { member, session, asked: asked.id, worked: worked.id, fileId, url: output.url };
}

/** Everything that the holder of a customer session can ask, about a ticket. */
function doorsOf(
  session: CustomerSession,
  ticketId: Id<'tkt'>,
  attachmentId: Id<'tatt'>,
): Record<string, () => Promise<unknown>> {
  const messageId = world.newId('tmsg');
  const ask = <I, Q extends Loadables, O, X>(verb: CustomerVerb<I, Q, O, X>, input: I) => ({
    [verb.name]: () => askCustomer(db.url, session, verb, input, undefined, far),
  });
  return {
    ...ask(addPortalPerson, { ticketId, email: 'eve@customer.test' }),
    ...ask(createPortalTicket, { via: 'portal', subject: 'Help', body: 'Help' }),
    ...ask(deletePortalMessage, { ticketId, messageId }),
    ...ask(editPortalMessage, { ticketId, messageId, body: 'Else' }),
    ...ask(followPortalTicket, { ticketId, follow: true }),
    ...ask(getPortalTicket, { ticketId }),
    ...ask(linkPortalFile, { attachmentId }),
    ...ask(listPortalMessages, { ticketId, limit: 5, cursor: undefined }),
    ...ask(listPortalTickets, { status: undefined, limit: 5, cursor: undefined }),
    ...ask(ratePortalTicket, { ticketId, score: 5, comment: null }),
    ...ask(reopenPortalTicket, { ticketId }),
    ...ask(replyPortalTicket, { via: 'portal', ticketId, body: 'More' }),
    ...ask(setPortalFields, { ticketId, fields: {} }),
    ...ask(solvePortalTicket, { ticketId }),
    ...ask(stagePortalFile, uploadOf('A line.')),
  };
}

const refused = (ask: Promise<unknown>): Promise<string> =>
  ask.then(
    () => 'answered',
    (error: unknown) => {
      if (!(error instanceof ServiceError)) throw error;
      return error.code;
    },
  );
const suspend = ({ member: { id: principalId } }: Both) =>
  askVerb(db.url, owner, suspendMember, { principalId, reason: null });

test('a suspended member is nobody at the customer door either: no verb, no link, and nothing is written', async () => {
  const both = await memberWhoAsks();
  const doors = doorsOf(both.session, both.asked, both.fileId);
  const files = readdirSync('services/portal').map((file) => readFileSync(`services/portal/${file}`, 'utf8'));
  const verbs = files.flatMap((text) => /^export const (\w+) = defineCustomerVerb\(/m.exec(text)?.[1] ?? []);
  expect(Object.keys(doors).toSorted()).toEqual(verbs.toSorted());
  expect(await refused(openLink(db.url, far.files, both.url))).toBe('answered');
  await suspend(both);
  const next = await nextTransaction(db);
  for (const [name, ask] of Object.entries(doors))
    expect(`${name} ${await refused(ask())}`).toBe(`${name} unauthenticated`);
  expect(await refused(openLink(db.url, far.files, both.url))).toBe('not_found');
  expect(await writtenSince(db, next)).toEqual([]);
  await askVerb(db.url, owner, reinstateMember, { principalId: both.member.id, reason: null });
  expect(await refused(doors.getPortalTicket?.() ?? Promise.resolve())).toBe('answered');
  expect(await refused(openLink(db.url, far.files, both.url))).toBe('answered');
});

test('a customer’s change whose person is suspended between load and commit is not written', async () => {
  const both = await memberWhoAsks();
  const kernel = testKernel(db.url);
  let next = '';
  const batch: typeof kernel.db.batch = async (statements, options) => {
    if (options.kind === 'commit' && next === '') {
      await suspend(both);
      next = await nextTransaction(db);
    }
    return kernel.db.batch(statements, options);
  };
  const overtaken = { ...kernel, db: { spent: kernel.db.spent, batch } };
  const ask = runCustomerVerb(
    overtaken,
    replyPortalTicket as never,
    { via: 'portal', ticketId: both.asked, body: 'Late' },
    both.session,
  );
  expect(await refused(ask)).toBe('unauthenticated');
  expect(next).not.toBe('');
  expect(await writtenSince(db, next)).toEqual([]);
});

test('a removed member is a customer like any other: what they asked is theirs, what they worked on is not there', async () => {
  const both = await memberWhoAsks();
  const { session, member, worked } = both;
  const fileId = await fileOn(world, files, worked, 2, { audience: 'public', deleted: false });
  await askVerb(db.url, owner, removeMember, { principalId: member.id, reassignTicketsTo: null, transferKeysTo: null });
  const { output } = await askCustomer(db.url, session, listPortalTickets, {
    status: undefined,
    limit: 50,
    cursor: undefined,
  });
  expect(output.data.map(({ id }) => id)).toEqual([both.asked]);
  const {
    createPortalTicket: _files,
    listPortalTickets: _lists,
    stagePortalFile: _stages,
    ...ofTicket
  } = doorsOf(session, worked, fileId);
  for (const [name, ask] of Object.entries(ofTicket))
    expect(`${name} ${await refused(ask())}`).toBe(`${name} not_found`);
});
