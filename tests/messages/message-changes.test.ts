import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { REDACTED, redactText } from '#services/messages/redact-text.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';

let desk: AccessDesk;
/** Writes and edits, and may not delete what others wrote. */
let writer: Caller;
/** Deletes and redacts, and may not restore. */
let deleter: Caller;
beforeAll(async () => {
  desk = await openAccessDesk();
  const writes = ['ticket.view_all', 'ticket.reply_public', 'ticket.comment_internal'] as const;
  writer = (await desk.holder(writes)).caller;
  deleter = (await desk.holder([...writes, 'ticket.delete'])).caller;
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const uuid = (id: string): string => idToUuid(id as Id);

async function said(body: string, audience = 'public', ticket?: { id: string }) {
  const ticketId = ticket?.id ?? (await desk.world.ticket()).id;
  const answer = await writer.post(`/tickets/${ticketId}/messages`, { body, audience });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { ticketId, path: `/tickets/${ticketId}/messages/${answer.body.message.id}`, ...answer.body.message };
}

const setColumns = (message: { id: string }, columns: string) =>
  desk.db.query(`update ticket_messages set ${columns} where id = $1`, [uuid(message.id)]);

const finds = async (ticketId: string, words: string): Promise<boolean> =>
  (
    await desk.db.query(
      `select from ticket_search where ticket_id = $1 and doc @@ websearch_to_tsquery('simple', fold($2))`,
      [uuid(ticketId), words],
    )
  ).length > 0;

/** What a refusal must leave as it was. */
const state = async (ticketId: string) => ({
  ticket: await desk.db.query('select revision, version, updated_at from tickets where id = $1', [uuid(ticketId)]),
  messages: await desk.db.query('select * from ticket_messages where ticket_id = $1 order by id', [uuid(ticketId)]),
  told: (await desk.told()).events.length,
});

describe('an edit', () => {
  test('keeps the old text for its readers, moves no version, and the old words are not found any more', async () => {
    const message = await said('The heron stands on the roof');
    await desk.told();
    const { status, body, trips } = await writer.patch(message.path, { body: 'The stork stands on the roof\u0007' });
    expect([status, trips]).toEqual([200, 2]);
    expect(body).toMatchObject({ body: 'The stork stands on the roof', revision: 2, audience: 'public' });
    expect(body.editedAt).not.toBeNull();
    const history = await writer.get(`${message.path}/history`);
    expect(history.trips).toBe(1);
    expect(
      history.body.data.map(({ revision, body: text }: { revision: number; body: string }) => [revision, text]),
    ).toEqual([
      [1, 'The heron stands on the roof'],
      [2, 'The stork stands on the roof'],
    ]);
    expect([await finds(message.ticketId, 'heron'), await finds(message.ticketId, 'stork')]).toEqual([false, true]);
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([
      { type: 'ticket.message_updated', payload: { message: { id: message.id, text: body.body, redacted: false } } },
    ]);
    expect(audit.map(({ action }) => action)).toEqual(['ticket.message_updated']);
    const [activity] = await desk.db.query(
      `select type, audience, version from ticket_activity where ticket_id = $1 order by revision desc limit 1`,
      [uuid(message.ticketId)],
    );
    expect(activity).toEqual({ type: 'message_edited', audience: 'public', version: null });
    const again = await writer.patch(message.path, { body: body.body });
    expect([again.status, again.trips, again.body.revision]).toEqual([200, 1, 2]);
    expect((await desk.told()).events).toEqual([]);
  });

  test('of a public message ends with its window, of a note never', async () => {
    const [message, note] = [await said('Public'), await said('Note', 'internal')];
    for (const each of [message, note]) await setColumns(each, "created_at = now() - interval '15 minutes 1 second'");
    const before = await state(message.ticketId);
    const late = await writer.patch(message.path, { body: 'Later' });
    expect(late.body).toMatchObject({ status: 403, reason: 'edit_window_over' });
    expect(await state(message.ticketId)).toEqual({ ...before, told: 0 });
    expect((await writer.patch(note.path, { body: 'Later' })).status).toBe(200);
    await setColumns(message, "created_at = now() - interval '14 minutes'");
    expect((await writer.patch(message.path, { body: 'Later' })).status).toBe(200);
    for (const [minutes, status] of [
      [0, 403],
      [null, 200],
    ] as const) {
      await desk.db.query('update ticket_settings set edit_window_minutes = $1', [minutes]);
      expect((await writer.patch(message.path, { body: `Under ${minutes}` })).status).toBe(status);
    }
    await desk.db.query('update ticket_settings set edit_window_minutes = 15');
  });

  test('is for whoever wrote it, fifty times', async () => {
    const message = await said('Mine');
    expect((await deleter.patch(message.path, { body: 'Yours' })).body).toMatchObject({
      status: 403,
      reason: 'not_author',
    });
    await setColumns(message, 'revision = 51');
    expect((await writer.patch(message.path, { body: 'Once more' })).body).toMatchObject({
      status: 422,
      reason: 'limit_reached',
    });
  });

  test('of words for a team is over when the team has no more to do with the ticket', async () => {
    const { support, billing } = desk.world.teams;
    const ticket = await desk.world.ticket({ primaryTeamId: support });
    const path = `/tickets/${ticket.id}`;
    const share = await desk.owner.put(`${path}/shares`, { teamId: billing, level: 'full' });
    const words = { body: 'Among us', audience: 'shared_team', sharedTeamId: billing };
    const { message } = (await desk.owner.post(`${path}/messages`, words)).body;
    const edit = () => desk.owner.patch(`${path}/messages/${message.id}`, { body: `Among us ${Math.random()}` });
    expect((await edit()).status).toBe(200);
    expect((await desk.owner.delete(`${path}/shares/${share.body.id}`)).status).toBe(204);
    const before = await state(ticket.id);
    expect((await edit()).body).toMatchObject({ status: 422, reason: 'team_not_on_ticket' });
    expect(await state(ticket.id)).toEqual({ ...before, told: 0 });
  });

  test('of words for a team is told to their author too, who is in the team no more', async () => {
    const { support, billing } = desk.world.teams;
    const ticket = await desk.world.ticket({ primaryTeamId: support });
    const path = `/tickets/${ticket.id}`;
    await desk.owner.put(`${path}/shares`, { teamId: billing, level: 'full' });
    const member = await desk.world.member({ teams: [support, billing] });
    await desk.world.grant(member, ['ticket.view_team', 'ticket.comment_internal']);
    const [author, other] = [await desk.keyOf(member), await desk.world.member({ teams: [support] })];
    await desk.world.grant(other, ['ticket.view_team', 'ticket.comment_internal']);
    const words = { body: 'Among us', audience: 'shared_team', sharedTeamId: billing };
    const { message } = (await author.post(`${path}/messages`, words)).body;
    expect((await author.patch(`${path}/messages/${message.id}`, { body: 'Between us' })).status).toBe(200);
    await desk.db.query('delete from team_memberships where principal_id = $1 and team_id = $2', [
      uuid(member.id),
      uuid(billing),
    ]);
    const seenBy = async (by: Caller) =>
      [(await by.get(`${path}/messages`)).body.data.length, (await by.get(`${path}/activity`)).body.data].map((each) =>
        Array.isArray(each) ? each.filter(({ type }) => type === 'message_edited').length : each,
      );
    expect([await seenBy(author), await seenBy(await desk.keyOf(other))]).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  test('of a message of another ticket is 404 by every way and changes nothing', async () => {
    const message = await said('Here');
    const other = await desk.world.ticket();
    const path = `/tickets/${other.id}/messages/${message.id}`;
    const before = await state(message.ticketId);
    const answers = [
      await desk.owner.patch(path, { body: 'There' }),
      await desk.owner.delete(path),
      await desk.owner.post(`${path}/redact`, {}),
      await desk.owner.get(`${path}/history`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(await state(message.ticketId)).toEqual({ ...before, told: 0 });
  });
});

describe('a deletion', () => {
  test('leaves a tombstone; its words are told and found no more, and stay with those who may restore', async () => {
    const message = await said('The heron stands on the roof', 'internal');
    await desk.told();
    const gone = await writer.delete(message.path);
    expect([gone.status, gone.trips]).toEqual([204, 2]);
    const thread = async (by: Caller) => (await by.get(`/tickets/${message.ticketId}/messages`)).body.data;
    expect((await thread(writer))[1]).toMatchObject({ id: message.id, seq: 2, body: null, attachments: [] });
    expect((await thread(desk.owner))[1].body).toBe('The heron stands on the roof');
    expect(await finds(message.ticketId, 'heron')).toBe(false);
    const { events } = await desk.told();
    expect(events).toMatchObject([{ type: 'ticket.message_deleted', payload: { message: { id: message.id } } }]);
    expect(JSON.stringify(events)).not.toContain('heron');
    const told = await desk.db.query('select payload from events where entity_id = $1', [uuid(message.ticketId)]);
    expect(JSON.stringify(told)).not.toContain('heron');
    for (const answer of [
      await writer.delete(message.path),
      await writer.patch(message.path, { body: 'Back' }),
      await writer.get(`${message.path}/history`),
    ])
      expect(answer.status).toBe(404);
  });

  test('by another needs `ticket.delete`, which has no window; the opening goes with its ticket only', async () => {
    const message = await said('Public');
    await setColumns(message, "created_at = now() - interval '1 day'");
    expect((await writer.delete(message.path)).body).toMatchObject({ status: 403, reason: 'edit_window_over' });
    const stranger = (await desk.holder(['ticket.view_all', 'ticket.reply_public'])).caller;
    expect((await stranger.delete(message.path)).body).toMatchObject({ status: 403, required: ['ticket.delete'] });
    expect((await deleter.delete(message.path)).status).toBe(204);
    const thread = (await deleter.get(`/tickets/${message.ticketId}/messages`)).body.data;
    const opening = thread.find((each: { isOpening: boolean }) => each.isOpening);
    const answer = await deleter.delete(`/tickets/${message.ticketId}/messages/${opening.id}`);
    expect(answer.body).toMatchObject({ status: 409, reason: 'opening_message' });
  });

  test('is refused on a merged ticket, as every change is', async () => {
    const message = await said('Before');
    const target = await desk.world.ticket();
    await desk.db.query(
      `update tickets set merged_into_id = $2, merged_at = now(), status_id = $3, status_category = 'closed', closed_at = now(), solved_at = now() where id = $1`,
      [uuid(message.ticketId), uuid(target.id), uuid(desk.world.statuses.closed)],
    );
    for (const answer of [
      await writer.patch(message.path, { body: 'After' }),
      await writer.delete(message.path),
      await deleter.post(`${message.path}/redact`, {}),
    ])
      expect(answer.body).toMatchObject({ status: 409, reason: 'ticket_merged' });
  });
});

describe('a redaction', () => {
  test('takes the words out of text, history, search and what was told, and leaves the rest', async () => {
    const message = await said('My card is 4111 1111, thanks');
    await writer.patch(message.path, { body: 'My card is 4111 1111, many thanks' });
    const start = 'My card is '.length;
    const asked = { spans: [{ start, end: start + '4111 1111'.length }] };
    expect((await deleter.post(`${message.path}/redact`, { ...asked, revision: 1 })).body).toMatchObject({
      status: 412,
      current: { revision: 2 },
    });
    expect((await writer.post(`${message.path}/redact`, asked)).status).toBe(403);
    const { body } = await deleter.post(`${message.path}/redact`, { ...asked, revision: 2 });
    expect(body).toMatchObject({ body: `My card is ${REDACTED}, many thanks`, revision: 3 });
    expect(body.redactedAt).not.toBeNull();
    const history = (await writer.get(`${message.path}/history`)).body.data;
    expect(history.map(({ body: text }: { body: string }) => text)).toEqual([
      `My card is ${REDACTED}, thanks`,
      `My card is ${REDACTED}, many thanks`,
    ]);
    expect([await finds(message.ticketId, '4111'), await finds(message.ticketId, 'many thanks')]).toEqual([
      false,
      true,
    ]);
    const rows = await desk.db.query<{ type: string; payload: { erased?: true; message?: { redacted: boolean } } }>(
      'select type, payload from events where entity_id = $1 order by entity_seq',
      [uuid(message.ticketId)],
    );
    expect(JSON.stringify(rows)).not.toContain('4111');
    expect(rows.map(({ payload }) => payload.erased ?? payload.message?.redacted)).toEqual([true, true, true]);
  });

  test('without spans takes all of it, of an opening too, and the audit says who did it', async () => {
    const ticket = await desk.world.ticket();
    const [opening] = (await deleter.get(`/tickets/${ticket.id}/messages`)).body.data;
    const { body } = await deleter.post(`/tickets/${ticket.id}/messages/${opening.id}/redact`, {});
    expect(body).toMatchObject({ body: '', isOpening: true });
    expect((await desk.told()).audit).toMatchObject([{ action: 'ticket.message_redacted' }]);
    const again = await deleter.post(`/tickets/${ticket.id}/messages/${opening.id}/redact`, {});
    expect(again).toMatchObject({ status: 200, trips: 1, body: { revision: body.revision } });
    expect(await finds(ticket.id, 'stops row')).toBe(false);
  });

  test('joins spans, keeps surrogate pairs whole, and refuses a place beyond the text', async () => {
    expect(
      redactText('abcdef', [
        { start: 4, end: 5 },
        { start: 1, end: 3 },
        { start: 2, end: 4 },
      ]),
    ).toEqual({
      text: `a${REDACTED}f`,
      taken: ['bcde'],
    });
    expect(redactText('a🦆b', [{ start: 2, end: 3 }])).toEqual({ text: `a${REDACTED}b`, taken: ['🦆'] });
    const message = await said('Short');
    const beyond = await deleter.post(`${message.path}/redact`, { spans: [{ start: 0, end: 6 }] });
    expect(beyond.body).toMatchObject({ status: 400, errors: [{ pointer: '/spans/0/end' }] });
  });
});
