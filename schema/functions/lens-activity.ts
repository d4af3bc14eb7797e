import { type SqlObject, sqlFunction } from './sql-object.ts';

/** Whether a row leads to its ticket, and the column that decides it beside `ticket_id`; without them every row does. */
interface Leading {
  leads?: (row: string) => string;
  by?: string;
}

const LEADING: Readonly<Record<string, Leading>> = {
  ticket_participants: { leads: (row) => `${row}.principal_id is not null`, by: 'principal_id' },
  ticket_shares: { leads: (row) => `${row}.revoked_at is null`, by: 'revoked_at' },
  ticket_tag_links: {},
};

/** The columns of `lensActivity` follow their ticket. A row that the same statement has just inserted is not written twice. */
export const keepLensActivity: SqlObject = sqlFunction(
  'keep_lens_activity',
  `
create function public.keep_lens_activity() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  ${Object.entries(LEADING)
    .map(
      ([
        table,
        { leads },
      ]) => `update public.${table} k set last_activity_at = new.last_activity_at, is_active = new.is_active
  where k.ticket_id = new.id${leads === undefined ? '' : ` and ${leads('k')}`}
    and (k.last_activity_at, k.is_active) is distinct from (new.last_activity_at, new.is_active);`,
    )
    .join('\n  ')}
  return null;
end
$body$`,
);

/**
 * What begins to lead to a ticket takes its values. The lock is what makes that safe under read committed: whoever is about
 * to change the ticket either has it, and this waits and reads what they committed; or comes later, waits for this, and
 * finds the row, because each statement of a trigger has a snapshot of its own. A read without it could miss both ways.
 */
export const takeLensActivity: SqlObject = sqlFunction(
  'take_lens_activity',
  `
create function public.take_lens_activity() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare
  at timestamptz;
  active boolean;
begin
  select t.last_activity_at, t.is_active into at, active from public.tickets t where t.id = new.ticket_id for no key update;
  -- Of a ticket that is gone the foreign key tells.
  if found then
    new.last_activity_at := at;
    new.is_active := active;
  end if;
  return new;
end
$body$`,
);

const trigger = (name: string, timing: string, when: string | null, fn: SqlObject): SqlObject => ({
  name,
  kind: 'trigger',
  sql: `create trigger ${name} ${timing} for each row${when === null ? '' : ` when (${when})`}
execute function public.${fn.name}()`,
});

/** A row that led to the same ticket before has its values already: only what begins to lead there waits for the ticket. */
function takenBy([table, { leads, by }]: [string, Leading]): [string, SqlObject[]] {
  const moved = 'new.ticket_id <> old.ticket_id';
  const began = leads === undefined ? moved : `${leads('new')} and (${moved} or (${leads('old')}) is false)`;
  const columns = ['ticket_id', ...(by === undefined ? [] : [by])].join(', ');
  return [
    table,
    [
      trigger(`${table}_lens_taken`, `before insert on public.${table}`, leads?.('new') ?? null, takeLensActivity),
      trigger(`${table}_lens_moved`, `before update of ${columns} on public.${table}`, began, takeLensActivity),
    ],
  ];
}

/** The triggers behind `lensActivity`, by the table that they stand on. */
export const LENS_ACTIVITY_TRIGGERS: Readonly<Record<string, readonly SqlObject[]>> = {
  tickets: [
    trigger(
      'tickets_lens_activity',
      'after update on public.tickets',
      'old.last_activity_at is distinct from new.last_activity_at or old.is_active is distinct from new.is_active',
      keepLensActivity,
    ),
  ],
  ...Object.fromEntries(Object.entries(LEADING).map(takenBy)),
};
