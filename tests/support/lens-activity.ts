import type { TestDatabase } from './database.ts';

/** What leads to a ticket and does not stand where the ticket does, by table; none, whatever was done before. */
export const strayFromTickets = (db: Pick<TestDatabase, 'query'>): Promise<{ from: string; id: string }[]> =>
  db.query(`
    select k."from", t.id, k.last_activity_at, k.is_active, t.last_activity_at as "should be", t.is_active as "and"
    from tickets t join (
      select 'ticket_shares' as "from", ticket_id, last_activity_at, is_active from ticket_shares where revoked_at is null
      union all select 'ticket_participants', ticket_id, last_activity_at, is_active from ticket_participants where principal_id is not null
      union all select 'ticket_tag_links', ticket_id, last_activity_at, is_active from ticket_tag_links) k on k.ticket_id = t.id
    where (k.last_activity_at, k.is_active) is distinct from (t.last_activity_at, t.is_active)`);
