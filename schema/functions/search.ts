import { FOLDED_MARKS, UNSPACED_RANGES } from '../fold.ts';
import { type SqlObject, sqlFunction } from './sql-object.ts';

const escaped = (code: number): string => `\\U${code.toString(16).padStart(8, '0')}`;
const UNSPACED = UNSPACED_RANGES.map(([first, last]) => `${escaped(first)}-${escaped(last)}`).join('');

/** `fold` of `schema/fold.ts`. The collation is named because the lower case of a database depends on its locale. */
export const fold: SqlObject = sqlFunction(
  'fold',
  `
create function public.fold(input text) returns text
language sql immutable strict parallel safe as $body$
  select pg_catalog.translate(pg_catalog.lower(
    pg_catalog.regexp_replace(
      pg_catalog.normalize(
        pg_catalog.regexp_replace(pg_catalog.normalize(input, 'NFKD'), '[${FOLDED_MARKS}]', '', 'g'),
        'NFC'),
      '([${UNSPACED}])', ' \\1 ', 'g') collate pg_catalog.pg_unicode_fast), 'ς', 'σ')
$body$`,
);

/**
 * What is searched of a text: its first 100,000 characters. The second cut holds back the few characters that NFKC blows
 * up to eighteen: a tsvector ends at 1 MB, and 100,000 characters of any script stay below it, hyphenated words included.
 * It is no SQL function because the planner would look inside and take it for cheap: it would fold and parse the names of
 * all contacts in their order rather than ask the index of words.
 */
export const searchDoc: SqlObject = sqlFunction(
  'search_doc',
  `
create function public.search_doc(input text) returns tsvector
language plpgsql immutable strict parallel safe cost 10000 as $body$
begin
  return pg_catalog.to_tsvector(
    'pg_catalog.simple'::pg_catalog.regconfig,
    public.fold(pg_catalog.left(pg_catalog.normalize(pg_catalog.left(input, 100000), 'NFKC'), 100000)));
end
$body$`,
);
