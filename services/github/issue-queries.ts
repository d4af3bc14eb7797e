import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { inboundDeliveries, integrationRepositories, integrations, ticketMessages } from '#schema/index.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import { intakeQueries } from '#services/tickets/intake-queries.ts';
import { one } from '#services/tickets/ticket-queries.ts';

/** The one key under which an issue becomes a ticket, whatever guid brings it. */
export const issueKey = (repositoryId: string | number, issueId: string | number): string =>
  `gh:${repositoryId}:issue:${issueId}`;

const TICKET_ACTIONS = sql.raw("('opened', 'labeled')");

/** What a delivery is about, read by its id in the trip that claims it: connection, repository, ticket, way in. */
export const issueQueries = (id: Id<'inbd'>) => ({
  connection: one(
    statement(
      qb
        .select({ integration: integrations, repository: integrationRepositories })
        .from(inboundDeliveries)
        .innerJoin(integrations, eq(integrations.provider, 'github'))
        .leftJoin(
          integrationRepositories,
          and(
            eq(integrationRepositories.integrationId, integrations.id),
            sql`${integrationRepositories.externalId} = ${inboundDeliveries.scopeKey}::bigint`,
          ),
        )
        .where(eq(inboundDeliveries.id, id)),
    ),
  ),
  existing: one(
    statement(
      qb
        .select({ ticketId: ticketMessages.ticketId })
        .from(ticketMessages)
        .where(
          sql`${ticketMessages.dedupeKey} = ${ofDelivery(id, sql`'gh:' || scope_key || ':issue:' || entity_key`)}`,
        ),
    ),
  ),
  ...intakeQueries({ channel: { kind: 'github', externalId: channelOf(id) } }, {}, []),
  number: numberQuery(id),
  slaConfig: slaConfigQuery(),
});

const ofDelivery = (id: Id<'inbd'>, value: SQL): SQL =>
  sql`(select ${value} from inbound_deliveries where id = ${idToUuid(id)}::uuid)`;

const channelOf = (id: Id<'inbd'>): SQL =>
  sql`(select public.to_typeid('ghrepo', r.id) from inbound_deliveries d
    join integrations i on i.provider = 'github'
    join integration_repositories r on r.integration_id = i.id and r.external_id = d.scope_key::bigint
    where d.id = ${idToUuid(id)}::uuid)`;

/** Drawn only where an issue may become a ticket: most deliveries do not, and each would leave a gap. */
function numberQuery(id: Id<'inbd'>): Statement<number | null> {
  const query = rows<{ number: string | null }>(sql`
    select nextval('ticket_number_seq') as number from inbound_deliveries d
    join integrations i on i.provider = 'github' and i.status = 'active'
    join integration_repositories r on r.integration_id = i.id and r.external_id = d.scope_key::bigint and r.status = 'active'
    where d.id = ${idToUuid(id)}::uuid and d.event = 'issues' and d.action in ${TICKET_ACTIONS}
      and coalesce(r.rules->>'createTicket', 'never') <> 'never'`);
  return {
    ...query,
    read: (result) => {
      const number = query.read(result)[0]?.number;
      return number === undefined || number === null ? null : Number(number);
    },
  };
}
