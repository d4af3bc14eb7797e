import { describe, expect, test } from 'vitest';
import { problemsOf, reasonsOf } from './example-chain.ts';

describe('what only adds passes', () => {
  test.each<[string, string[]]>([
    [
      'a table with everything of its own',
      [
        'create table n (id uuid primary key, team_id uuid not null, s text generated always as (lower(id::text)) stored); alter table n add constraint n_fk foreign key (team_id) references public.team(id) on delete cascade; create unique index n_key on n using btree (team_id) where team_id is not null;',
      ],
    ],
    ['storage parameters of a new table', ['create table n (id uuid); alter table n set (fillfactor = 80);']],
    ['a sequence', ['create sequence n_seq;']],
    ['a nullable column', ['alter table team add column note text;']],
    [
      'a column with a constant default',
      [
        "alter table team add column n integer default 0 not null, add column tags text[] default '{}'::text[] not null, add column j jsonb default '{}'::jsonb not null;",
      ],
    ],
    ['a virtual generated column', ['alter table team add column v text generated always as (lower(name)) virtual;']],
    [
      'a foreign key inline with its nullable column',
      ['alter table team add column parent_id uuid constraint team_parent_fk references team(id) on delete set null;'],
    ],
    [
      'a foreign key not valid, validated later',
      [
        'alter table team add column parent_id uuid; alter table team add constraint f foreign key (parent_id) references team(id) not valid;',
        'alter table team validate constraint f;',
      ],
    ],
    [
      'a check not valid, validated later',
      ['alter table team add constraint c check (name <> kind) not valid;', 'alter table team validate constraint c;'],
    ],
    [
      'an index in a concurrently file',
      [
        'alter table team add column note text;',
        '-- concurrently\ncreate index concurrently if not exists i on team (note, name);',
      ],
    ],
    [
      'a unique index over columns of the file before',
      [
        'alter table team add column note text;',
        '-- concurrently\ncreate unique index concurrently if not exists i on team (note, lower(note)) where name is not null;',
      ],
    ],
    [
      'a wider value set in one statement',
      [
        "alter table team drop constraint team_kind_check, add constraint team_kind_check check (kind in ('a', 'b', 'c')) not valid;",
        'alter table team validate constraint team_kind_check;',
      ],
    ],
    [
      'a wider length in one statement',
      [
        'alter table team drop constraint team_name_check, add constraint team_name_check check (char_length(team.name) between 1 and 20) not valid;',
        'alter table team validate constraint team_name_check;',
      ],
    ],
    [
      'a function, a trigger, a comment',
      [
        "create function g() returns trigger language plpgsql as $$ begin return new; end $$; create trigger t after insert on team for each row execute function g(); comment on table team is 'x';",
      ],
    ],
    [
      'a function of the same file defined twice',
      [
        'create function g() returns int language sql return 1; create or replace function g() returns int language sql return 2;',
      ],
    ],
    [
      'the list of what may be purged, made longer',
      ["create or replace function purge_list() returns text[] language sql return array['a', 'b'];"],
    ],
  ])('%s', (_name, later) => {
    expect(reasonsOf(...later)).toEqual([]);
  });
});

describe('a concurrently file', () => {
  const column = 'alter table team add column note text;';
  test.each<[string, string, string]>([
    ['holds no other statement', 'create table n (id uuid);', 'holds only create index concurrently'],
    [
      'builds nothing under a lock',
      'create index if not exists i on team (note);',
      'holds only create index concurrently',
    ],
    ['can be run again', 'create index concurrently i on team (note);', 'holds only create index concurrently'],
    [
      'makes nothing unique over older columns',
      'create unique index concurrently if not exists i on team (note, kind);',
      'unique over kind,',
    ],
    [
      'makes nothing unique over an expression of older columns',
      'create unique index concurrently if not exists i on team (lower(kind));',
      'unique over kind,',
    ],
  ])('%s', (_name, sql, expected) => {
    expect(reasonsOf(column, `-- concurrently\n${sql}`).join('\n')).toContain(
      `0002.sql: ${expected.startsWith('unique') ? expected : `a concurrently file ${expected}`}`,
    );
  });

  test('makes nothing unique over a column that came two files before', () => {
    const between = 'create table n (id uuid);';
    expect(
      reasonsOf(column, between, '-- concurrently\ncreate unique index concurrently if not exists i on team (note);'),
    ).toEqual(['0003.sql: unique over note, not only over columns of the file before']);
  });
});

test('a refusal quotes the statement alone, also behind text of several bytes a character', () => {
  const [problem] = problemsOf("comment on table team is 'Größe 😀';\ndrop table team;");
  expect(problem?.statement?.trim()).toBe('drop table team');
});

test('a function of an older file is not replaced, called from SQL or not', () => {
  const made = 'create function g() returns int language sql return 1;';
  expect(reasonsOf(made, made.replace('create', 'create or replace'))).toEqual([
    '0002.sql: replaces g() of an older file, which an older release may call: give it a new name',
  ]);
});

test('a constraint that is never validated is refused at the file that adds it', () => {
  expect(reasonsOf('alter table team add constraint c check (name <> kind) not valid;')).toEqual([
    '0001.sql: adds c on team not valid and no later file validates it',
  ]);
});
