import { type SQL, sql } from 'drizzle-orm';

export const iso = (column: string): SQL =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
export const typeid = (prefix: string, column: string): SQL => sql.raw(`to_typeid('${prefix}', ${column})`);

/** `TicketReference` of the catalogue, from columns by their own names, `ticket_id` beside them. */
export const ticketJson = (deskUrl: string): SQL => sql`jsonb_build_object(
  'id', ${typeid('tkt', 'ticket_id')}, 'number', number, 'subject', subject, 'statusCategory', status_category,
  'priority', priority, 'channel', channel, 'visibility', visibility,
  'primaryTeamId', ${typeid('team', 'primary_team_id')}, 'assigneeTeamId', ${typeid('team', 'assignee_team_id')},
  'assigneePrincipalId', ${typeid('prin', 'assignee_principal_id')}, 'inboxId', ${typeid('inbox', 'inbox_id')},
  'organizationId', ${typeid('org', 'organization_id')},
  'requesterContactId', ${typeid('contact', 'requester_contact_id')},
  'requesterPrincipalId', ${typeid('prin', 'requester_principal_id')}, 'version', version,
  'url', ${deskUrl}::text || '/tickets/' || number)`;
