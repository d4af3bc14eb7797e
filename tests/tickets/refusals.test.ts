import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { upload } from '#tests/support/files.ts';
import { nextTransaction, writtenSince } from '#tests/support/table-states.ts';

let desk: AccessDesk;
let owner: Caller;
/** Things that the cases name. */
let at: Awaited<ReturnType<typeof fixture>>;

beforeAll(async () => {
  desk = await openAccessDesk();
  owner = desk.owner;
  at = await fixture();
}, 60_000);
afterAll(() => desk.close());

const ok = (answer: Answered): Answered['body'] => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};
const uuid = (id: string): string => idToUuid(id as Id);
const put = (sql: string, ...params: unknown[]) => desk.db.query(sql, params);
const many = (count: number) => Array.from({ length: count }, () => desk.world.newId('tkt'));
const status = async (category: string, slug: string): Promise<string> =>
  ok(await owner.post('/ticket-statuses', { name: slug, slug, color: '#112233', category, position: 10 })).id;
const contact = async (email: string) => ok(await owner.post('/contacts', { name: 'Bo', emails: [{ email }] }));
const ticket = async (fields: Parameters<typeof desk.world.ticket>[0] = {}) =>
  `/tickets/${(await desk.world.ticket(fields)).id}`;
const idOf = (path: string) => path.slice('/tickets/'.length);
const file = async (bytes = 'x') => (await upload(desk.worker, owner.token, bytes)).body.id as string;

async function fixture() {
  const { world } = desk;
  const { support, billing } = world.teams;
  const [open, other, merged, closed, deleted, full, long, child] = (await Promise.all(
    Array.from({ length: 8 }, () => ticket({ primaryTeamId: support })),
  )) as [string, string, string, string, string, string, string, string];
  const customer = ok(await owner.get(open)).requester.contactId as string;
  ok(await owner.post(`${open}/messages`, { body: 'One more thing', as: { contactId: customer } }));
  const note = ok(await owner.post(`${open}/messages`, { body: 'A note', audience: 'internal' })).message.id;
  const elsewhere = ok(await owner.post(`${other}/messages`, { body: 'A note', audience: 'internal' })).message.id;
  const old = ok(await owner.post(`${open}/messages`, { body: 'Said long ago' })).message.id;
  await put("update ticket_messages set created_at = now() - interval '1 day' where id = $1", uuid(old));
  const used = await file();
  ok(await owner.post(`${other}/messages`, { body: 'Here', attachmentIds: [used] }));
  ok(await owner.post(`${other}/merge`, { sourceIds: [idOf(merged)] }));
  ok(await owner.post(`${closed}/transition`, { category: 'closed' }));
  ok(await owner.delete(deleted));
  ok(await owner.post(`${open}/assign`, { assigneePrincipalId: world.agent.id }));
  await put(
    `insert into ticket_attachments (ticket_id, message_id, state, actor_kind, filename, content_type, size_bytes, sha256, storage_key, attached_at)
     select ticket_id, id, 'attached', 'system', 'f', 'text/plain', 500 * 1024 * 1024, sha256('f'), 'a/full', now() from ticket_messages where ticket_id = $1`,
    uuid(idOf(closed)),
  );
  const then = new Date().toISOString();
  await put('update tickets set message_seq = 5000 where id = $1', uuid(idOf(full)));
  await put(
    `insert into ticket_activity (ticket_id, revision, type, audience, actor_kind, cause)
     select $1, n, 'updated', 'internal', 'system', 'api' from generate_series(3, 1003) n`,
    uuid(idOf(long)),
  );
  for (const [up, down] of [
    [open, child],
    [child, full],
    [full, long],
    [long, other],
  ] as const)
    ok(await owner.post(`${up}/links`, { targetId: idOf(down), kind: 'parent_of' }));
  const field = { label: 'F', appliesTo: 'ticket' };
  ok(await owner.post('/ticket-fields', { ...field, key: 'seats', type: 'integer' }));
  ok(await owner.post('/ticket-fields', { ...field, key: 'cause', type: 'text', requiredOn: 'solve' }));
  const [usedStatus, goneStatus] = [await status('open', 'used'), await status('open', 'gone')];
  ok(await owner.patch(`/ticket-statuses/${await status('on_hold', 'waits')}`, { isDefault: true }));
  await ticket({ statusId: usedStatus as Id<'tstat'> });
  ok(await owner.delete(`/ticket-statuses/${goneStatus}`));
  const archivedTeam = await world.team();
  await put('update teams set archived_at = now() where id = $1', uuid(archivedTeam));
  const [winner, loser, bo] = [
    await contact('win@case.example'),
    await contact('l@c.example'),
    await contact('bo@c.example'),
  ];
  ok(await owner.post(`/contacts/${winner.id}/merge`, { loserId: loser.id }));
  const org = ok(await owner.post('/organizations', { name: 'Case', domains: ['case-taken.example'] }));
  const next = ok(await owner.post('/organizations', { name: 'Next' }));
  const [member, unproved] = [await world.member({ role: 'agent' }), await world.member()];
  ok(await owner.post(`/contacts/${bo.id}/links`, { userId: member.userId }));
  await put('update "user" set email_verified = false where id = $1', uuid(unproved.userId));
  const blind = await world.member();
  return {
    ...{ open, other, merged, closed, deleted, full, long, child, customer, note, elsewhere, old, used },
    ...{
      then,
      lone: await ticket(),
      staged: await file(),
      usedStatus,
      goneStatus,
      archivedTeam,
      winner,
      loser,
      bo,
      org,
      next,
      member,
      unproved,
      blind,
      support,
      billing,
    },
    outsider: (await desk.holder(['ticket.view_team', 'ticket.comment_internal'], { teamId: billing })).caller,
  };
}

/** The table of refusals, each pair by a request that is answered so: `sort_needs_active`, or a status alone. */
const REFUSED: [string, string, () => Promise<{ status: number; body: Answered['body'] }>][] = [
  ['400', 'an empty subject', () => owner.post('/tickets', { subject: ' \n ' })],
  ['400', 'a subject of 501', () => owner.post('/tickets', { subject: 'x'.repeat(501) })],
  ['400', 'a body of 100,001', () => owner.post(`${at.open}/messages`, { body: 'x'.repeat(100_001) })],
  [
    '400',
    'ids and a filter',
    () => owner.post('/tickets/bulk', { ids: many(1), filter: {}, action: { type: 'delete' } }),
  ],
  ...['priority', 'waiting', 'slaDue'].map((sort): (typeof REFUSED)[number] => [
    '400 sort_needs_active',
    `${sort} of closed ones`,
    () => owner.get(`/tickets?sort=${sort}&statusCategory=closed`),
  ]),
  ['404', 'what is unseen', () => at.outsider.post(`${at.open}/messages`, { body: 'Hi', audience: 'internal' })],
  ['404', 'what is deleted', () => owner.patch(at.deleted, { priority: 'high' })],
  ['404', 'a child of another', () => owner.patch(`${at.open}/messages/${at.elsewhere}`, { body: 'Mine' })],
  ['403 edit_window_over', 'a public edit late', () => owner.patch(`${at.open}/messages/${at.old}`, { body: 'Other' })],
  ['412', 'a stale version', () => owner.patch(at.open, { priority: 'high' }, { 'if-match': '"77"' })],
  ['409 ticket_merged', 'a merged ticket', () => owner.patch(at.merged, { priority: 'high' })],
  ['409 ticket_closed', 'a closed one', () => owner.post(`${at.closed}/messages`, { body: 'Hello' })],
  ['409 already_assigned', 'what another has', () => owner.post(`${at.open}/take`)],
  [
    '409 attachment_used',
    'a used file',
    () => owner.post(`${at.open}/messages`, { body: 'x', attachmentIds: [at.used] }),
  ],
  [
    '409 new_messages',
    'a crossed reply',
    () => owner.post(`${at.open}/transition`, { category: 'solved', expectMessageSeq: 1 }),
  ],
  ['409 not_deleted', 'restoring what lives', () => owner.post(`${at.open}/restore`)],
  ['409 status_is_default', 'a default status', () => owner.delete(`/ticket-statuses/${desk.world.statuses.open}`)],
  ['409 status_is_system', 'a system status', () => owner.delete(`/ticket-statuses/${desk.world.statuses.on_hold}`)],
  ['409 status_in_use', 'one in use', () => owner.delete(`/ticket-statuses/${at.usedStatus}`)],
  ['409 name_taken', 'a taken slug', () => owner.patch(`/ticket-statuses/${at.usedStatus}`, { slug: 'open' })],
  ['409 name_taken', 'a taken key', () => owner.post('/ticket-fields', { key: 'seats', type: 'text', label: 'Again' })],
  [
    '409 email_taken',
    'a taken address',
    () => owner.post(`/contacts/${at.bo.id}/emails`, { email: 'win@case.example' }),
  ],
  [
    '409 domain_taken',
    'a taken domain',
    () => owner.post(`/organizations/${at.next.id}/domains`, { domain: 'case-taken.example' }),
  ],
  [
    '409 user_already_linked',
    'a taken login',
    () => owner.post(`/contacts/${at.winner.id}/links`, { userId: at.member.userId }),
  ],
  ['409 merged', 'a merged contact', () => owner.patch(`/contacts/${at.loser.id}`, { name: 'X' })],
  ['409 member_active', 'erasing a member', () => owner.post(`/contacts/${at.bo.id}/erase`, { contactId: at.bo.id })],
  ['422 status_deleted', 'a deleted status', () => owner.post(`${at.open}/transition`, { statusId: at.goneStatus })],
  ['422 team_archived', 'an archived team', () => owner.patch(at.open, { primaryTeamId: at.archivedTeam })],
  ['422 invalid_field', 'a custom value', () => owner.patch(at.open, { customFields: { seats: 'many' } })],
  ['422 missing_fields', 'solving without', () => owner.post(`${at.other}/transition`, { category: 'solved' })],
  ['422 unknown_field', 'an unknown field', () => owner.patch(at.open, { customFields: { nothing: 1 } })],
  [
    '422 assignee_cannot_view',
    'an assignee who sees nothing',
    () => owner.post(`${at.other}/assign`, { assigneePrincipalId: at.blind.id }),
  ],
  [
    '422 assignee_not_in_team',
    'one of no such team',
    () => owner.post(`${at.other}/assign`, { assigneePrincipalId: at.member.id, assigneeTeamId: at.billing }),
  ],
  [
    '422 author_not_on_ticket',
    'a stranger’s words',
    () => owner.post(`${at.open}/messages`, { body: 'x', as: { contactId: at.winner.id } }),
  ],
  [
    '422 team_not_on_ticket',
    'words for a team that has no part',
    () => owner.post(`${at.open}/messages`, { body: 'x', audience: 'shared_team', sharedTeamId: at.billing }),
  ],
  [
    '422 team_already_has_access',
    'a share with its own',
    () => owner.put(`${at.open}/shares`, { teamId: at.support, level: 'read' }),
  ],
  [
    '422 link_cycle',
    'a link to itself',
    () => owner.post(`${at.open}/links`, { targetId: idOf(at.open), kind: 'related' }),
  ],
  ['422 link_cycle', 'a ring', () => owner.post(`${at.child}/links`, { targetId: idOf(at.open), kind: 'parent_of' })],
  [
    '422 link_taken',
    'a second parent',
    () => owner.post(`${at.lone}/links`, { targetId: idOf(at.child), kind: 'parent_of' }),
  ],
  [
    '422 link_depth',
    'a sixth level',
    () => owner.post(`${at.other}/links`, { targetId: idOf(at.lone), kind: 'parent_of' }),
  ],
  ['422 merge_invalid', 'a merge into itself', () => owner.post(`${at.open}/merge`, { sourceIds: [idOf(at.open)] })],
  [
    '422 wake_at_past',
    'waking in the past',
    () => owner.post(`${at.open}/transition`, { category: 'pending', wakeAt: '2020-01-01T00:00:00Z' }),
  ],
  ['422 history_too_long', 'a long history', () => owner.get(`${at.long}?asOf=${at.then}`)],
  ['422 ticket_full', 'a full ticket', () => owner.post(`${at.full}/messages`, { body: 'x' })],
  [
    '422 free_mail_domain',
    'free mail',
    () => owner.post(`/organizations/${at.next.id}/domains`, { domain: 'gmail.com' }),
  ],
  ['422 public_suffix', 'a suffix', () => owner.post(`/organizations/${at.next.id}/domains`, { domain: 'co.uk' })],
  [
    '422 user_not_verified',
    'an unproved login',
    () => owner.post(`/contacts/${at.winner.id}/links`, { userId: at.unproved.userId }),
  ],
  [
    '415',
    'machine code',
    () => upload(desk.worker, owner.token, new Uint8Array([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0]), 'notes.txt'),
  ],
  ['413', 'a large file', () => upload(desk.worker, owner.token, 'x'.repeat(2000), 'large.txt')],
  [
    '422 digest_mismatch',
    'another digest',
    () => upload(desk.worker, owner.token, 'x', 'a.txt', { 'content-digest': `sha-256=:${'A'.repeat(43)}=:` }),
  ],
];

/** Asked again for what is so already. */
const SAME: [string, () => Promise<Answered>][] = [
  ['the fields it has', () => owner.patch(at.open, { priority: 'normal', customFields: {} }, KEY())],
  ['the status it has', () => owner.post(`${at.open}/transition`, { category: 'open' }, KEY())],
  ['who has it', () => owner.post(`${at.open}/assign`, { assigneePrincipalId: desk.world.agent.id }, KEY())],
  ['returned by nobody', () => owner.post(`${at.other}/return`, undefined, KEY())],
  ['no tag to remove', () => owner.post(`${at.open}/tags`, { remove: ['never-there'] }, KEY())],
  ['the same words', () => owner.patch(`${at.open}/messages/${at.note}`, { body: 'A note' }, KEY())],
  [
    'a bulk of what is so',
    () =>
      owner.post('/tickets/bulk', { ids: [idOf(at.open)], action: { type: 'priority', priority: 'normal' } }, KEY()),
  ],
  ['the contact as it is', () => owner.patch(`/contacts/${at.bo.id}`, { name: 'Bo' }, KEY())],
  ['a merge that was', () => owner.post(`/contacts/${at.winner.id}/merge`, { loserId: at.loser.id }, KEY())],
  ['a login that is tied', () => owner.post(`/contacts/${at.bo.id}/links`, { userId: at.member.userId }, KEY())],
  ['one in use, unarchived', () => owner.post(`/contacts/${at.bo.id}/unarchive`, {}, KEY())],
  ['the organisation as it is', () => owner.patch(`/organizations/${at.org.id}`, { name: 'Case' }, KEY())],
  ['the status as it is', () => owner.patch(`/ticket-statuses/${at.usedStatus}`, { name: 'used' }, KEY())],
  ['the settings as they are', () => owner.patch('/ticket-settings', { autoCloseDays: 7 }, KEY())],
  [
    'a share that is no more',
    async () => {
      const share = ok(await owner.put(`${at.full}/shares`, { teamId: at.billing, level: 'read' })).id;
      expect((await owner.delete(`${at.full}/shares/${share}`)).status).toBe(204);
      started = await nextTransaction(desk.db);
      return owner.delete(`${at.full}/shares/${share}`);
    },
  ],
];
let started = '';
let keys = 0;
const KEY = () => {
  keys += 1;
  return { 'idempotency-key': `same-${keys}` };
};

test.each(REFUSED)('%s: %s, and no row is written', async (expected, _what, ask) => {
  if (expected === '413') await put('update ticket_settings set attachment_max_bytes = 1000');
  const before = await nextTransaction(desk.db);
  const { status, body } = await ask();
  expect([status, body.reason].filter((each) => each !== undefined && each !== null).join(' ')).toBe(expected);
  expect(await writtenSince(desk.db, before)).toEqual([]);
});

test.each(SAME)('what is so already — %s — leaves nothing but the key of the request', async (_what, ask) => {
  started = await nextTransaction(desk.db);
  const answer = await ask();
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  expect((await writtenSince(desk.db, started)).filter((table) => table !== 'idempotency_keys')).toEqual([]);
});
