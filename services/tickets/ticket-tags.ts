import { inArray, or, type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, isId, newId, uuidToId } from '#schema/ids.ts';
import { tickets, ticketTagLinks, ticketTags } from '#schema/index.ts';
import { insertRows } from '#services/kernel/insert-rows.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { hanging } from '#services/kernel/together.ts';
import type { Deciding } from '#services/kernel/verb.ts';

export interface TicketTag {
  id: Id<'ttag'>;
  name: string;
}

export const MOST_TAGS = 50;

/** By name, as every answer shows them. */
export const byName = (a: TicketTag, b: TicketTag): number => (a.name < b.name ? -1 : Number(a.name > b.name));

/** The tags of the `tickets` row of a query, by name, as one column. Ids and order are made here: SQL takes four times as long. */
export const tagsOfTicket = (): SQL<TicketTag[]> =>
  sql`(select coalesce(json_agg(json_build_array(g.id, g.name)), '[]')
    from ticket_tag_links l join ticket_tags g on g.id = l.tag_id where l.ticket_id = ${tickets.id})`.mapWith(
    (tags: readonly [id: string, name: string][]) =>
      tags.map(([id, name]): TicketTag => ({ id: uuidToId('ttag', id), name })).sort(byName),
  );

interface Tagged {
  tags: readonly TicketTag[];
}

export const tagDifference = (before: Tagged, after: Tagged): { added: TicketTag[]; removed: TicketTag[] } => ({
  added: without(after.tags, before.tags),
  removed: without(before.tags, after.tags),
});

const without = (tags: readonly TicketTag[], others: readonly TicketTag[]): TicketTag[] =>
  tags.filter(({ id }) => !others.some((other) => other.id === id));

/** The links that bring one set of tags to the other; none where they are the same. */
export function tagWrites(before: Tagged & { ticket: { id: Id<'tkt'> } }, after: Tagged): Statement[] {
  const { added, removed } = tagDifference(before, after);
  const ticketId = before.ticket.id;
  const links = added.map(({ id }) => ({ ticketId, tagId: id }));
  const gone = removed.map(({ id }) => ({ ticketId, tagId: id }));
  return [
    ...(gone.length === 0 ? [] : [overRows({ name: 'untag', rank: 0 }, gone, unlinkTags)]),
    ...(links.length === 0 ? [] : [overRows({ name: 'tag', rank: 1 }, links, linkTags)]),
  ];
}

type TagLink = typeof ticketTagLinks.$inferInsert;

const linkTags = (links: readonly TagLink[]): Statement =>
  hanging('first', [{ sql: sql`${insertRows(ticketTagLinks, links).sql} on conflict do nothing` }]);

const unlinkTags = (links: readonly TagLink[]): Statement => {
  const gone = links.map((link) => ({ ticket: idToUuid(link.ticketId), tag: idToUuid(link.tagId) }));
  return hanging('first', [
    {
      sql: sql`delete from ticket_tag_links l
        using jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as gone(ticket uuid, tag uuid)
        where l.ticket_id = gone.ticket and l.tag_id = gone.tag`,
    },
  ]);
};

/** The tags that somebody names, by id or by folded name. */
export const namedTags = (named: readonly TagName[]): Statement<TicketTag[]> => {
  const ids = named.filter((each) => isId('ttag', each));
  const names = named.filter((each) => !isId('ttag', each));
  return statement(
    qb
      .select({ id: ticketTags.id, name: ticketTags.name })
      .from(ticketTags)
      .where(
        named.length === 0
          ? nothing
          : or(
              ids.length === 0 ? undefined : inArray(ticketTags.id, ids),
              names.length === 0 ? undefined : inArray(ticketTags.name, names),
            ),
      ),
  );
};

/** An id, or a folded name. */
export type TagName = Id<'ttag'> | string;

export interface Tagging {
  tags: TicketTag[];
  /** Makes the tags that nobody had used; before the links to them. */
  writes: Statement[];
}

/**
 * Some tags more and some fewer; a name that is new becomes a tag. What is in both is taken away.
 * @throws ServiceError unprocessable `unknown_reference` for an id, `limit_reached`.
 */
export function applyTags(
  present: readonly TicketTag[],
  { add, remove }: { add: readonly TagName[]; remove: readonly TagName[] },
  known: readonly TicketTag[],
  by: Pick<Deciding, 'ids' | 'now'>,
  pointer = '/add',
): Tagging {
  const find = (tags: readonly TicketTag[], named: TagName) =>
    tags.find(({ id, name }) => named === (isId('ttag', named) ? id : name));
  const made: TicketTag[] = [];
  const added = add.map((named, i) => {
    const found = find([...known, ...made], named);
    if (found !== undefined) return found;
    if (isId('ttag', named)) throw unknownReference(`${pointer}/${i}`);
    const tag = { id: newId(by.ids, 'ttag'), name: named };
    made.push(tag);
    return tag;
  });
  const gone = remove.map((named) => find([...known, ...made], named)?.id);
  const all = new Map([...present, ...added].map((tag) => [tag.id, tag]));
  for (const id of gone) if (id !== undefined) all.delete(id);
  const tags = [...all.values()].sort(byName);
  if (tags.length > MOST_TAGS) {
    throw new ServiceError('unprocessable', `A ticket has at most ${MOST_TAGS} tags.`, { reason: 'limit_reached' });
  }
  const rows = made.filter(({ id }) => all.has(id)).map((tag) => ({ ...tag, createdAt: by.now, updatedAt: by.now }));
  return { tags, writes: rows.length === 0 ? [] : [hanging('first', [insertRows(ticketTags, rows)])] };
}
