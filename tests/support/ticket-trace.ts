import { type Id, idToUuid } from '#schema/ids.ts';
import type { TestDatabase } from './database.ts';

/** Everything that a change of tickets leaves, in the order of the tickets, without what no two tickets share. */
export async function traceOf(db: TestDatabase, ids: readonly Id<'tkt'>[]): Promise<unknown[]> {
  const traces: unknown[] = [];
  for (const id of ids) {
    const uuid = idToUuid(id);
    const [row] = await db.query<{ number: string }>(
      `select to_jsonb(t) - '{id,updated_at,last_activity_at,last_public_at,created_at,requester_contact_id,last_message_at,last_customer_message_at,last_agent_message_at,customer_waiting_since}'::text[]
        - '{solved_at,first_solved_at,closed_at,reopened_at,deleted_at,first_response_at,merged_into_id}'::text[]
        || jsonb_build_object('solved', solved_at is not null, 'closed', closed_at is not null, 'deleted', deleted_at is not null,
          'merged', merged_into_id is not null, 'waits', customer_waiting_since is not null, 'reopened', reopened_at is not null) as row, number
       from tickets t where id = $1`,
      [uuid],
    );
    const tags = await db.query(
      'select name from ticket_tag_links l join ticket_tags g on g.id = l.tag_id where ticket_id = $1 order by name',
      [uuid],
    );
    const activity = await db.query(
      `select revision, version, type, audience, actor_kind, actor_id, cause, data from ticket_activity
       where ticket_id = $1 order by revision, id`,
      [uuid],
    );
    const events = await db.query(
      'select type, entity_seq, audience, inbox_ids, team_ids, actor_id, payload from events where entity_id = $1 order by entity_seq',
      [uuid],
    );
    const audit = await db.query(
      "select action, changed_fields, changes from audit_events where target_id = $1 and outcome = 'allowed' order by seq",
      [uuid],
    );
    const followers = await db.query(
      'select principal_id, source from ticket_subscriptions where ticket_id = $1 order by principal_id, contact_id',
      [uuid],
    );
    const messages = await db.query(
      'select seq, audience, author_kind, body from ticket_messages where ticket_id = $1 order by seq',
      [uuid],
    );
    traces.push(alike({ row, tags, activity, events, audit, followers, messages }, Number(row?.number), id));
  }
  return traces;
}

/** Ids of the ticket, numbers and instants of the moment, told by what they are. */
const alike = (trace: unknown, number: number, id: Id<'tkt'>): unknown =>
  JSON.parse(
    JSON.stringify(trace)
      .replaceAll(id, '<ticket>')
      .replaceAll(new RegExp(`/tickets/${number}\\b`, 'g'), '/tickets/<number>')
      .replaceAll(new RegExp(`"number":"?${number}"?`, 'g'), '"number":0')
      .replaceAll(/"\d{4}-\d\d-\d\d[T ][^"]+"/g, '"<instant>"')
      .replaceAll(/(contact|tmsg)_[0-9a-z]{26}/g, '<$1>')
      .replaceAll(/"elapsedMs":\d+/g, '"elapsedMs":0'),
  );
