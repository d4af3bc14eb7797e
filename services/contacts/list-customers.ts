import { type SQL, sql } from 'drizzle-orm';
import { type CUSTOMER_KINDS, type CUSTOMER_SORTS, type Customer, MOST_OPEN } from '#schema/api/customers.ts';
import { fold } from '#schema/fold.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { ValueOf } from '#schema/values.ts';
import type { Authority } from '#services/access/authority.ts';
import { visible } from '#services/access/visible.ts';
import { nameKey } from '#services/directory/list-records.ts';
import { areAll, byIndex, hitsOf, holdsOneByOne } from '#services/directory/prefix-query.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { rows } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { shownEmail } from './link-view.ts';

type CustomerKind = ValueOf<typeof CUSTOMER_KINDS>;

export interface ListCustomersInput {
  q: string | undefined;
  kind: CustomerKind | undefined;
  organizationId: Id<'org'> | undefined;
  segmentId: Id<'seg'> | undefined;
  archived: boolean;
  sort: ValueOf<typeof CUSTOMER_SORTS>;
  limit: number;
  cursor: string | undefined;
}

type LoginOf = Customer['logins'][number] & { isMember: boolean };

interface Row extends Record<string, unknown>, Omit<Customer, 'archivedAt' | 'createdAt' | 'openTickets' | 'logins'> {
  sortName: string;
  logins: LoginOf[];
  openTickets: string;
  archivedAt: string | null;
  createdAt: string;
}

/**
 * Contacts and the logins without one as one list. Each kind walks an index in the order asked, and no further than a page;
 * ids are made in the order of time, so they are the order of creation. @throws ServiceError forbidden.
 */
export const listCustomers = defineRead({
  name: 'listCustomers',
  permission: 'org.view',
  load: (input: ListCustomersInput, { auth, keys }) => ({
    hints: byIndex(),
    found: rows<Row>(pageQuery(input, auth, keys)),
  }),
  decide({ found }, input, { authority, keys }) {
    const permit = permitDirectory(authority, 'org.view');
    const cursor = ({ kind, sortName, id }: Row) =>
      writeCursor(keys, placeOf(input), [kind, ...nameKey({ sortName, id: id as Id })]);
    return unchanged<{ data: Customer[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (row) => customerView(row, authority), cursor),
    );
  },
});

const customerView = ({ sortName: _key, ...row }: Row, authority: Authority): Customer => ({
  ...row,
  logins: row.logins.map(({ userId, ...login }) => ({ userId, email: shownEmail(login, authority) })),
  openTickets: Number(row.openTickets),
  archivedAt: row.archivedAt === null ? null : new Date(row.archivedAt).toISOString(),
  createdAt: new Date(row.createdAt).toISOString(),
});

const placeOf = ({ limit: _limit, cursor: _cursor, ...asked }: ListCustomersInput): CursorPlace => ({
  operation: 'listCustomers',
  sort: asked.sort,
  filter: Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, value ?? null])),
});

function pageQuery(input: ListCustomersInput, auth: SQL, keys: KeyRing): SQL {
  const order = input.sort === 'name' ? sql`key, kind, id` : sql`id desc`;
  const branches = [
    ...(input.kind === 'user' ? [] : contactBranches(input, keys)),
    // A login is in no organisation and in no archive.
    ...(input.kind === 'contact' || input.organizationId !== undefined || input.archived
      ? []
      : [userBranch(input, keys)]),
  ];
  const found =
    branches.length === 0
      ? sql`select 'user' as kind, null::uuid as id, '' as key where false`
      : sql.join(branches, sql` union all `);
  return sql`
    with ${auth}, ${input.q === undefined ? sql`` : sql`hits as materialized (select hit.id, hit.sort_name, hit.organization_id, hit.archived_at, hit.merged_into_id, hit.erased_at ${hitsOf('contacts', input.q)}), `}page as (select * from (${found}) found order by ${order} limit ${input.limit + 1})
    select page.kind, page.key as "sortName",
      public.to_typeid(case page.kind when 'contact' then 'contact' else 'prin' end, page.id) as id,
      coalesce(c.name, p.display_name) as name, coalesce(primary_email.email, u.email) as email,
      case when o.id is not null then json_build_object('id', public.to_typeid('org', o.id), 'name', o.name) end as organization,
      case page.kind when 'user' then json_build_array(json_build_object('userId', public.to_typeid('user', u.id), 'email', u.email, 'isMember', false))
        else (select coalesce(json_agg(json_build_object('userId', public.to_typeid('user', lu.id), 'email', lu.email,
            'isMember', exists (select from principal lp where lp.user_id = lu.id and lp.member_state is not null)) order by l.linked_at, l.id), '[]')
          from contact_user_links l join "user" lu on lu.id = l.user_id where l.contact_id = page.id and l.unlinked_at is null) end as logins,
      (select count(*) from (select from (${openOf('contact')} union all ${openOf('user')} offset 0) tickets
        where ${visible()} limit ${MOST_OPEN}) open) as "openTickets",
      (select coalesce(json_agg(json_build_object('id', public.to_typeid('seg', s.id), 'name', s.name) order by s.name), '[]')
        from segments s where s.deleted_at is null and s.id in (select us.segment_id from user_segments us where us.effect = 'in' and us.principal_id in (${principals(sql`page.id`, sql`page.kind`)}))) as segments,
      c.archived_at as "archivedAt", coalesce(c.created_at, p.created_at) as "createdAt"
    from page
      left join contacts c on page.kind = 'contact' and c.id = page.id
      left join principal p on page.kind = 'user' and p.id = page.id
      left join "user" u on u.id = p.user_id
      left join organizations o on o.id = c.organization_id
      left join contact_emails primary_email on primary_email.contact_id = c.id and primary_email.is_primary
    order by ${order}`;
}

/** The open tickets of a row of the page, by the index of its kind; behind one condition for both there would be none. */
const openOf = (kind: CustomerKind): SQL =>
  sql`select * from tickets where page.kind = ${kind} and ${sql.raw(
    kind === 'contact' ? 'requester_contact_id' : 'requester_principal_id',
  )} = page.id and is_active and deleted_at is null`;

/** Under which principals a row of the list may be in segments. */
const principals = (id: SQL, kind: SQL): SQL => sql`
  select ${id} where ${kind} = 'user'
  union all select sp.id from contact_user_links sl join principal sp on sp.user_id = sl.user_id
    where ${kind} = 'contact' and sl.contact_id = ${id} and sl.unlinked_at is null`;

function contactBranches(input: ListCustomersInput, keys: KeyRing): SQL[] {
  if (input.q === undefined) return [contactBranch(input, keys, 'contacts')];
  const count = sql`(select count(*) from hits)`;
  return [
    contactBranch(input, keys, 'hits', areAll(count)),
    contactBranch(input, keys, 'contacts', holdsOneByOne('c', input.q, count)),
  ];
}

function contactBranch(input: ListCustomersInput, keys: KeyRing, from: 'contacts' | 'hits', holds?: SQL): SQL {
  const { organizationId } = input;
  const conditions = [
    input.archived
      ? sql`c.archived_at is not null and c.merged_into_id is null and c.erased_at is null`
      : sql`c.archived_at is null`,
    ...(holds === undefined ? [] : [holds]),
    ...(organizationId === undefined ? [] : [sql`c.organization_id = ${idToUuid(organizationId)}::uuid`]),
    ...inSegment(input, sql`c.id`, 'contact'),
    ...after(input, keys, 'contact', sql`c.sort_name`, sql`c.id`),
  ];
  return sql`(select 'contact' as kind, c.id, c.sort_name as key from ${sql.raw(from)} c where ${sql.join(conditions, sql` and `)}
    order by ${input.sort === 'name' ? sql`c.sort_name, c.id` : sql`c.id desc`} limit ${input.limit + 1})`;
}

function userBranch(input: ListCustomersInput, keys: KeyRing): SQL {
  const key = sql`public.fold(p.display_name)`;
  const conditions = [
    sql`p.type = 'user' and p.member_state is null and p.erased_at is null
      and not exists (select from contact_user_links l where l.user_id = p.user_id and l.unlinked_at is null)`,
    ...wordsOf(input.q).map(
      (word) => sql`(' ' || ${key} || ' ' || coalesce(u.email, '')) like ${`% ${word.replaceAll(/[\\%_]/g, '\\$&')}%`}`,
    ),
    ...inSegment(input, sql`p.id`, 'user'),
    ...after(input, keys, 'user', key, sql`p.id`),
  ];
  return sql`(select 'user' as kind, p.id, ${key} as key from principal p join "user" u on u.id = p.user_id where ${sql.join(conditions, sql` and `)}
    order by ${input.sort === 'name' ? sql`${key}, p.id` : sql`p.id desc`} limit ${input.limit + 1})`;
}

const wordsOf = (q: string | undefined): string[] =>
  fold(q ?? '')
    .split(/\s+/u)
    .filter((word) => word !== '')
    .slice(0, 10);

const inSegment = ({ segmentId }: ListCustomersInput, id: SQL, kind: CustomerKind): SQL[] =>
  segmentId === undefined
    ? []
    : [
        sql`exists (select from user_segments us where us.segment_id = ${idToUuid(segmentId)}::uuid and us.effect = 'in' and us.principal_id in (${principals(id, sql`${kind}`)}))`,
      ];

/** Of equal names contacts come first: what is after a contact are its later namesakes and all logins of the name. */
function after(input: ListCustomersInput, keys: KeyRing, kind: CustomerKind, key: SQL, id: SQL): SQL[] {
  if (input.cursor === undefined) return [];
  const [last, name = null, typeid] = readCursor(keys, placeOf(input), input.cursor);
  const uuid = sql`${idToUuid(typeid as Id)}::uuid`;
  if (input.sort === '-created') return [sql`${id} < ${uuid}`];
  const stored =
    last === 'contact'
      ? sql`(select k.sort_name from contacts k where k.id = ${uuid})`
      : sql`(select public.fold(k.display_name) from principal k where k.id = ${uuid})`;
  const from = name === null ? stored : sql`${name}::text`;
  if (last === kind) return [sql`(${key}, ${id}) > (${from}, ${uuid})`];
  return [kind === 'user' ? sql`${key} >= ${from}` : sql`${key} > ${from}`];
}
