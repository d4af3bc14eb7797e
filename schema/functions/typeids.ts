import { type SqlObject, sqlFunction } from './sql-object.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PREFIX = '^([a-z]([a-z_]{0,61}[a-z])?)?$';
const SUFFIX = '^[0-7][0-9a-hjkmnp-tv-z]{25}$';

/** `hashId` of `schema/ids.ts` over the text that joins prefix and parts by U+001F (RFC 9562 §5.8). */
export const hashId: SqlObject = sqlFunction(
  'hash_id',
  `
create function public.hash_id(joined text) returns uuid
language sql immutable strict parallel safe as $body$
  select pg_catalog.encode(
    pg_catalog.set_byte(
      pg_catalog.set_byte(digest, 6, (pg_catalog.get_byte(digest, 6) & 15) | 128),
      8, (pg_catalog.get_byte(digest, 8) & 63) | 128),
    'hex')::pg_catalog.uuid
  from (
    select pg_catalog.substring(pg_catalog.sha256(pg_catalog.convert_to(joined, 'UTF8')), 1, 16) as digest
  ) hashed
$body$`,
);

const PAIRS = Buffer.from([...ALPHABET].flatMap((one) => [...ALPHABET].map((two) => one + two)).join('')).toString(
  'hex',
);

/** The ten bits of the 130 that are the characters `2 * at` and `2 * at + 1`, out of the bytes that hold them. */
function pairAt(at: number): string {
  const from = Math.max(0, at * 10 - 2);
  const end = at * 10 + 8;
  const first = from >> 3;
  const last = (end - 1) >> 3;
  const bytes = Array.from({ length: last - first + 1 }, (_, i) => {
    const shift = (last - first - i) * 8;
    return `pg_catalog.get_byte(bytes, ${first + i})${shift === 0 ? '' : ` << ${shift}`}`;
  });
  return `((${bytes.map((byte) => `(${byte})`).join(' | ')}) >> ${(last + 1) * 8 - end} & 1023)`;
}

/**
 * The TypeID (specification 0.3) of a uuid: 130 bits, the two foremost zero, five to a character. Pages of lists are full
 * of ids, so it is one expression over pairs of characters: a loop over single ones takes several times as long.
 */
export const toTypeid: SqlObject = sqlFunction(
  'to_typeid',
  `
create function public.to_typeid(prefix text, id uuid) returns text
language plpgsql immutable strict parallel safe as $body$
declare
  bytes pg_catalog.bytea := pg_catalog.uuid_send(id);
  pairs constant pg_catalog.bytea := '\\x${PAIRS}'::pg_catalog.bytea;
begin
  if prefix collate pg_catalog."C" !~ '${PREFIX}' then
    raise exception using errcode = '22P02', message = pg_catalog.format('%L is no prefix of a TypeID', prefix);
  end if;
  return case when prefix = '' then '' else prefix || '_' end || pg_catalog.convert_from(
    ${Array.from({ length: 13 }, (_, at) => `pg_catalog.substr(pairs, ${pairAt(at)} * 2 + 1, 2)`).join('\n    || ')}, 'UTF8');
end
$body$`,
);

/** The uuid inside a TypeID of that very prefix; 22P02 for anything else. */
export const fromTypeid: SqlObject = sqlFunction(
  'from_typeid',
  `
create function public.from_typeid(typeid text, prefix text) returns uuid
language plpgsql immutable strict parallel safe as $body$
declare
  head pg_catalog.text := case when prefix = '' then '' else prefix || '_' end;
  suffix pg_catalog.text := pg_catalog.substr(typeid, pg_catalog.length(head) + 1);
  bits pg_catalog.varbit := b'';
  hex pg_catalog.text := '';
begin
  if prefix collate pg_catalog."C" !~ '${PREFIX}'
    or not pg_catalog.starts_with(typeid, head)
    or suffix collate pg_catalog."C" !~ '${SUFFIX}'
  then
    raise exception using errcode = '22P02', message = pg_catalog.format('%L is no TypeID of prefix %L', typeid, prefix);
  end if;
  for place in 1..26 loop
    bits := bits || (pg_catalog.strpos('${ALPHABET}', pg_catalog.substr(suffix, place, 1)) - 1)::bit(5);
  end loop;
  for place in 0..3 loop
    hex := hex || pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.substring(bits, place * 32 + 3, 32)::bit(32)::integer), 8, '0');
  end loop;
  return hex::pg_catalog.uuid;
end
$body$`,
);
