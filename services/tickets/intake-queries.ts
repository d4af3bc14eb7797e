import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { inboxChannels, inboxes, teams, ticketStatuses } from '#schema/index.ts';
import { metQueries } from '#services/contacts/meet-contact.ts';
import { nothing, qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { contactQuery, type RequesterKey } from './requester.ts';
import type { Status } from './status-machine.ts';
import { one } from './ticket-queries.ts';

/** How a ticket comes in: an inbox that the caller names, or a channel that leads to one. */
export type Intake =
  | { inboxId: Id<'inbox'> | undefined }
  | { channel: { kind: 'email' | 'github'; externalId: string | SQL } };

/** What every door reads to open a ticket: number, inbox, status, requester, teams. Draws the number. */
export const intakeQueries = (intake: Intake, requester: RequesterKey, teamIds: readonly Id<'team'>[]) => ({
  number: numberQuery(),
  inbox: one(statement(inboxQuery(intake))),
  openStatus: one(
    statement(
      statusQuery().where(
        and(eq(ticketStatuses.category, 'open'), eq(ticketStatuses.isDefault, true), isNull(ticketStatuses.deletedAt)),
      ),
    ),
  ),
  contact: contactQuery(requester),
  ...metQueries(requester.email),
  teams: statement(
    qb
      .select({ id: teams.id, archivedAt: teams.archivedAt })
      .from(teams)
      .where(teamIds.length === 0 ? nothing : sql`${teams.id} in ${teamIds.map((id) => sql.param(id, teams.id))}`),
  ),
});

/** Gaps happen, reuse never, and creations do not wait for each other. */
const numberQuery = (): Statement<number> => {
  const query = rows<{ number: string }>(sql`select nextval('ticket_number_seq') as number`);
  return { ...query, read: (result) => Number(query.read(result)[0]?.number) };
};

export const statusQuery = () =>
  qb
    .select({
      id: ticketStatuses.id,
      name: ticketStatuses.name,
      category: ticketStatuses.category,
      publicLabel: ticketStatuses.publicLabel,
    })
    .from(ticketStatuses)
    .$dynamic();

export const statusById = (id: Id<'tstat'> | undefined): Statement<Status | undefined> =>
  one(
    statement(
      statusQuery().where(
        id === undefined ? nothing : and(eq(ticketStatuses.id, id), isNull(ticketStatuses.deletedAt)),
      ),
    ),
  );

export const defaultStatuses = (): Statement<Status[]> =>
  statement(statusQuery().where(and(eq(ticketStatuses.isDefault, true), isNull(ticketStatuses.deletedAt))));

/** The named inbox, the channel's, else the default one: a disabled or archived channel never stops a ticket. */
function inboxQuery(intake: Intake) {
  const channel = 'channel' in intake ? channelMatch(intake.channel) : sql`false`;
  const named = 'channel' in intake || intake.inboxId === undefined ? undefined : intake.inboxId;
  const wanted =
    named === undefined ? sql`(${inboxChannels.id} is not null or ${inboxes.isDefault})` : eq(inboxes.id, named);
  return qb
    .select({ inbox: inboxes, channelId: inboxChannels.id, status: ticketStatuses })
    .from(inboxes)
    .leftJoin(inboxChannels, and(eq(inboxChannels.inboxId, inboxes.id), channel))
    .leftJoin(ticketStatuses, and(eq(ticketStatuses.id, inboxes.defaultStatusId), isNull(ticketStatuses.deletedAt)))
    .where(and(wanted, isNull(inboxes.archivedAt)))
    .orderBy(sql`${inboxChannels.id} is null`)
    .limit(1);
}

const channelMatch = ({ kind, externalId }: { kind: string; externalId: string | SQL }): SQL =>
  sql`${inboxChannels.kind} = ${kind} and ${inboxChannels.externalId} = ${externalId} and ${inboxChannels.enabled} and ${inboxChannels.archivedAt} is null`;
