import { checkSqlAdditivity } from './additivity-sql.ts';

/** A first file with one of each thing a later file could harm. */
const BASE = `create table team (id uuid primary key default uuidv7() not null, name text not null, kind text,
  constraint team_kind_check check (kind in ('a', 'b')), constraint team_name_check check (char_length(name) between 1 and 10));
create function fold(value text) returns text language sql immutable return lower(value);
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function purge_list() returns text[] language sql return array['a'];
create index team_name_idx on team (fold(name));
create trigger team_touch before update on team for each row execute function touch();`;

/** The problems P2 finds when these files come after the first. */
export const problemsOf = (...later: string[]) =>
  checkSqlAdditivity(
    [BASE, ...later].map((sql, idx) => ({ idx, file: `000${idx}.sql`, sql })),
    new Set(['purge_list']),
  );

export const reasonsOf = (...later: string[]) => problemsOf(...later).map(({ file, reason }) => `${file}: ${reason}`);
