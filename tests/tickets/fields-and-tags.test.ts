import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Answered, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const etagOf = ({ headers }: Answered) => ({ 'if-match': headers.get('etag') ?? '' });
const open = async (body: object = {}) =>
  (await desk.owner.post('/tickets', { subject: 'The export stops half-way', ...body })).body;
const fieldsOf = ({ body }: Answered) => [
  body.code,
  body.reason,
  body.errors?.map(({ pointer }: { pointer: string }) => pointer),
];

/** All that a commit leaves on a ticket, as one comparable text. */
async function traces(ticketId: Id<'tkt'>): Promise<string> {
  const id = idToUuid(ticketId);
  const rows = await desk.db.query(
    `select to_jsonb(t) as ticket, (select count(*) from ticket_activity where ticket_id = $1) as activity,
       (select count(*) from events where entity_id = $1) as events, (select count(*) from audit_events) as audit,
       (select count(*) from ticket_tags) as tags from tickets t where id = $1`,
    [id],
  );
  return JSON.stringify(rows);
}

describe('custom fields', () => {
  beforeAll(async () => {
    for (const body of [
      {
        key: 'plan',
        type: 'select',
        label: 'Plan',
        options: [
          { value: 'free', label: 'Free' },
          { value: 'pro', label: 'Pro' },
        ],
      },
      { key: 'seats', type: 'integer', label: 'Seats', min: '1', max: '500', defaultValue: 1 },
      { key: 'note', type: 'text', label: 'Note' },
    ])
      expect((await desk.owner.post('/ticket-fields', body)).status).toBe(201);
  });

  test('a ticket starts with defaults under what is given, shows its values, and can be changed at once with its ETag', async () => {
    const made = await desk.owner.post('/tickets', { subject: 'Hello', customFields: { plan: 'pro' } });
    expect(made.body.customFields).toEqual({ plan: 'pro', seats: 1 });
    const path = `/tickets/${made.body.id}`;
    const changed = await desk.owner.patch(path, { customFields: { plan: null, note: ' new ' } }, etagOf(made));
    expect([changed.status, changed.body.customFields, changed.body.version]).toEqual([
      200,
      { seats: 1, note: 'new' },
      2,
    ]);
    expect((await desk.owner.get(path)).body).toEqual(changed.body);
    expect((await desk.owner.get('/tickets')).body.data[0].customFields).toEqual({ seats: 1, note: 'new' });
  });

  test('what a field does not take is refused by its pointer, and nothing is written', async () => {
    const { id } = await open();
    const before = await traces(id);
    const given = async (customFields: object) => fieldsOf(await desk.owner.patch(`/tickets/${id}`, { customFields }));
    expect(await given({ plan: 'gold', seats: 501 })).toEqual([
      'unprocessable',
      'invalid_field',
      ['/customFields/plan', '/customFields/seats'],
    ]);
    expect(await given({ colour: 'red' })).toEqual(['unprocessable', 'unknown_field', ['/customFields/colour']]);
    expect(await given({ note: { a: 1 } })).toEqual(['invalid_request', undefined, ['/customFields/note']]);
    const same = await desk.owner.patch(`/tickets/${id}`, { customFields: { seats: 1, plan: null } });
    expect([same.status, same.body.version, same.trips]).toEqual([200, 1, 1]);
    expect(await traces(id)).toBe(before);
  });

  test('two edits of different fields at once are both kept and both told; with one ETag one of them is stale', async () => {
    const made = await desk.owner.post('/tickets', { subject: 'Hello' });
    const path = `/tickets/${made.body.id}`;
    const free = await Promise.all([
      desk.owner.patch(path, { customFields: { note: 'a' } }),
      desk.owner.patch(path, { customFields: { plan: 'free' } }),
    ]);
    expect(free.map(({ status }) => status)).toEqual([200, 200]);
    const now = await desk.owner.get(path);
    expect([now.body.customFields, now.body.version]).toEqual([{ seats: 1, note: 'a', plan: 'free' }, 3]);
    const activity = (await desk.owner.get(`${path}/activity`)).body.data;
    expect(
      activity.flatMap(({ changes }: { changes: { field: string }[] }) => changes.map(({ field }) => field)).toSorted(),
    ).toEqual(['customFields.note', 'customFields.plan']);
    const guarded = await Promise.all(
      [{ note: 'b' }, { plan: 'pro' }].map((customFields) => desk.owner.patch(path, { customFields }, etagOf(now))),
    );
    expect(guarded.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect((await desk.owner.get(path)).body.version).toBe(4);
  });

  test('what is required at creation is demanded, unless a default fills it', async () => {
    const { body: field } = await desk.owner.post('/ticket-fields', {
      key: 'region',
      type: 'text',
      label: 'Region',
      requiredOn: 'create',
    });
    const refused = await desk.owner.post('/tickets', { subject: 'Hello' });
    expect([refused.status, refused.body.reason, refused.body.fields]).toEqual([422, 'missing_fields', ['region']]);
    expect((await desk.owner.patch(`/ticket-fields/${field.id}`, { defaultValue: 'EU' })).status).toBe(200);
    expect((await open()).customFields).toMatchObject({ region: 'EU' });
    expect((await desk.owner.delete(`/ticket-fields/${field.id}`)).status).toBe(204);
    expect((await open()).customFields).not.toHaveProperty('region');
  });

  test('an archived field keeps its values and takes no new ones; an option that is left out is archived', async () => {
    const { body: field } = await desk.owner.post('/ticket-fields', {
      key: 'area',
      type: 'multi_select',
      label: 'Area',
      options: ['web', 'app'].map((value) => ({ value, label: value })),
    });
    const ticket = await open({ customFields: { area: ['app'] } });
    const path = `/tickets/${ticket.id}`;
    const changed = await desk.owner.patch(`/ticket-fields/${field.id}`, { options: [{ value: 'web', label: 'Web' }] });
    expect(changed.body.options).toEqual([
      { value: 'web', label: 'Web', archived: false },
      { value: 'app', label: 'app', archived: true },
    ]);
    expect((await desk.owner.patch(path, { customFields: { area: ['web', 'app'] } })).body.customFields.area).toEqual([
      'web',
      'app',
    ]);
    expect(fieldsOf(await desk.owner.post('/tickets', { subject: 'x', customFields: { area: ['app'] } }))[1]).toBe(
      'invalid_field',
    );
    await desk.owner.delete(`/ticket-fields/${field.id}`);
    expect(fieldsOf(await desk.owner.patch(path, { customFields: { area: ['web'] } }))[1]).toBe('unknown_field');
    expect((await desk.owner.patch(path, { customFields: { area: ['web', 'app'] } })).status).toBe(200);
    expect((await desk.owner.patch(path, { customFields: { area: null } })).body.customFields).not.toHaveProperty(
      'area',
    );
  });

  test('a definition that no value could fit is refused; a key is taken once for a kind; 100 live ones are enough', async () => {
    const define = async (body: object) => fieldsOf(await desk.owner.post('/ticket-fields', { label: 'X', ...body }));
    expect(await define({ key: 'a', type: 'text', min: '1' })).toEqual(['unprocessable', 'invalid_field', ['/min']]);
    expect(await define({ key: 'a', type: 'integer', min: '10', max: '9.5' })).toEqual([
      'unprocessable',
      'invalid_field',
      ['/min'],
    ]);
    expect(await define({ key: 'a', type: 'integer', max: '3', defaultValue: 4 })).toEqual([
      'unprocessable',
      'invalid_field',
      ['/defaultValue'],
    ]);
    expect(await define({ key: 'a', type: 'text', options: [{ value: 'x', label: 'x' }] })).toEqual([
      'unprocessable',
      'invalid_field',
      ['/options'],
    ]);
    expect(await define({ key: 'plan', type: 'text' })).toEqual(['conflict', 'name_taken', undefined]);
    expect(await define({ key: 'plan', type: 'text', appliesTo: 'contact' })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await desk.db.query(
      "insert into ticket_fields (applies_to, key, type, label) select 'organization', 'f' || n, 'text', 'F' from generate_series(1, 100) n",
    );
    expect(await define({ key: 'more', type: 'text', appliesTo: 'organization' })).toEqual([
      'unprocessable',
      'limit_reached',
      undefined,
    ]);
  });
});

describe('tags', () => {
  const tags = ({ body }: Answered) => body.tags.map(({ name }: { name: string }) => name);

  test('are added and removed by name or id, in one spelling; the ticket moves by one version and tells it once', async () => {
    const ticket = await open({ tags: ['  Needs Work '] });
    expect(ticket.tags.map(({ name }: { name: string }) => name)).toEqual(['needs-work']);
    await desk.told();
    const path = `/tickets/${ticket.id}/tags`;
    const changed = await desk.owner.post(path, {
      add: ['VIP', 'vip', 'Ｂeta'],
      remove: [ticket.tags[0].id, 'never-there'],
    });
    expect([changed.status, tags(changed), changed.body.version, changed.trips]).toEqual([200, ['beta', 'vip'], 2, 2]);
    const { events, audit } = await desk.told();
    expect(events.map(({ type }) => type)).toEqual(['ticket.tagged']);
    expect(events[0]?.payload).toMatchObject({ added: changed.body.tags, removed: ticket.tags });
    expect(audit.map(({ action }) => action)).toEqual(['ticket.tagged']);
    const before = await traces(ticket.id);
    const same = await desk.owner.post(path, { add: ['Vip'], remove: ['needs-work'] });
    expect([same.body.version, same.trips]).toEqual([2, 1]);
    expect(await traces(ticket.id)).toBe(before);
  });

  test('a name that two tickets bring at once becomes one tag', async () => {
    const both = await Promise.all(
      ['a', 'b'].map((subject) => desk.owner.post('/tickets', { subject, tags: ['at-once'] })),
    );
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
    expect(new Set(both.map(({ body }) => body.tags[0].id)).size).toBe(1);
  });

  test('at most 50 on a ticket; an id that is none is refused', async () => {
    const { id } = await open({ tags: Array.from({ length: 50 }, (_, i) => `t${i}`) });
    const more = await desk.owner.post(`/tickets/${id}/tags`, { add: ['one-more'] });
    expect([more.status, more.body.reason]).toEqual([422, 'limit_reached']);
    const swapped = await desk.owner.post(`/tickets/${id}/tags`, { add: ['one-more'], remove: ['t0'] });
    expect([swapped.status, swapped.body.tags.length]).toEqual([200, 50]);
    const unknown = await desk.owner.post(`/tickets/${id}/tags`, { add: [desk.world.newId('ttag')] });
    expect([unknown.status, unknown.body.reason, unknown.body.errors[0].pointer]).toEqual([
      422,
      'unknown_reference',
      '/add/0',
    ]);
    expect((await desk.owner.post(`/tickets/${id}/tags`, { add: ['ttag_garbage'] })).body.reason).toBe('malformed_id');
  });

  test('a stale edit of tags says what moved since', async () => {
    const { id } = await open();
    await desk.owner.patch(`/tickets/${id}`, { priority: 'high' });
    const stale = await desk.owner.post(`/tickets/${id}/tags`, { add: ['late'], version: 1 });
    expect(stale).toMatchObject({ status: 412, body: { changedSince: [{ field: 'priority' }] } });
  });

  test('a merged tag is replaced on every ticket that had it, the deleted too; each tells it', async () => {
    const [one, two, gone] = [
      await open({ tags: ['bug', 'ui'] }),
      await open({ tags: ['bug', 'defect'] }),
      await open({ tags: ['bug'] }),
    ];
    await desk.db.query('update tickets set deleted_at = now() where id = $1', [idToUuid(gone.id)]);
    const id = (name: string) => one.tags.concat(two.tags).find((tag: { name: string }) => tag.name === name).id;
    await desk.told();
    expect((await desk.owner.delete(`/ticket-tags/${id('bug')}?mergeInto=${id('defect')}`)).status).toBe(204);
    const read = async (ticket: { id: string }) => tags(await desk.owner.get(`/tickets/${ticket.id}`));
    expect([await read(one), await read(two)]).toEqual([['defect', 'ui'], ['defect']]);
    expect((await desk.told()).events.map(({ type }) => type)).toEqual(['ticket.tagged', 'ticket.tagged']);
    expect((await desk.owner.get(`/ticket-tags/${id('bug')}`)).status).toBe(404);
    await desk.db.query('update tickets set deleted_at = null where id = $1', [idToUuid(gone.id)]);
    expect(await read(gone)).toEqual(['defect']);
  });

  test('a tag of 1,000 tickets goes at once in two trips, one of more by a job, which leaves none behind', async () => {
    const carriedBy = async (count: number): Promise<string> => {
      const { id } = (await desk.owner.post('/ticket-tags', { name: `everywhere-${count}` })).body;
      await desk.db.query(
        `with made as (insert into tickets (number, subject, status_id, status_category, last_activity_at, last_public_at)
           select nextval('ticket_number_seq'), 'Many', $1, 'open', now(), now() from generate_series(1, $3::int) returning id)
         insert into ticket_tag_links select id, $2 from made`,
        [idToUuid(desk.world.statuses.open), idToUuid(id), count],
      );
      return id;
    };
    const carriers = (id: string) =>
      desk.db.query('select from ticket_tag_links where tag_id = $1', [idToUuid(id as Id<'ttag'>)]);
    const few = await carriedBy(1000);
    const gone = await desk.owner.delete(`/ticket-tags/${few}`);
    expect([gone.status, gone.trips]).toEqual([204, 2]);
    expect(Number(gone.headers.get('mallard-statements'))).toBeLessThanOrEqual(12);
    expect(await carriers(few)).toEqual([]);
    const many = await carriedBy(1001);
    const heir = (await desk.owner.post('/ticket-tags', { name: 'heir' })).body.id;
    const started = await desk.owner.delete(`/ticket-tags/${many}?mergeInto=${heir}`);
    const twin = await desk.owner.delete(`/ticket-tags/${many}?mergeInto=${heir}`);
    // What they were to carry instead goes before the jobs have come to them.
    expect((await desk.owner.delete(`/ticket-tags/${heir}`)).status).toBe(204);
    expect(started).toMatchObject({
      status: 202,
      body: { jobId: expect.stringMatching(/^bulk_/), kind: 'tag_change' },
    });
    for (let chunk = 0; chunk < 3; chunk += 1)
      await desk.worker.queue('events', [{ body: { kind: 'bulk_job', id: started.body.jobId } }]);
    await desk.worker.queue('events', [{ body: { kind: 'bulk_job', id: twin.body.jobId } }]);
    const jobs = await desk.db.query('select state, succeeded from bulk_jobs where id = any ($1::uuid[]) order by id', [
      [started, twin].map(({ body }) => idToUuid(body.jobId)),
    ]);
    expect(jobs).toEqual([
      { state: 'done', succeeded: 1001 },
      { state: 'done', succeeded: 0 },
    ]);
    expect(await carriers(many)).toEqual([]);
    expect((await desk.owner.get(`/ticket-tags/${many}`)).status).toBe(404);
  });
});
