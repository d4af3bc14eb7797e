import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold } from '#schema/fold.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

const LIMIT = 100_000;
const HUGE = 1_000_000;

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(
    'create table docs (name text, body text); create index docs_search on docs using gin (search_doc(body))',
  );
});
afterAll(() => db.drop());

const characters = (first: number, count: number, length: number): string =>
  Array.from({ length }, (_, n) => String.fromCodePoint(first + (n % count))).join('');

/** Words that hardly repeat, so that every one is a lexeme of its own. */
function distinct(first: number, count: number, length: number, between: string, wordLength = 4): string {
  const words: string[] = [];
  let seed = 1;
  for (let size = 0; size < length; ) {
    let word = '';
    for (let n = 0; n < wordLength; n += 1) {
      seed = (seed * 48_271) % 2_147_483_647;
      word += String.fromCodePoint(first + (seed % count));
    }
    words.push(word);
    size += wordLength + 1;
  }
  return [...words.join(between)].slice(0, length).join('');
}

const HARD: Record<string, (length: number) => string> = {
  'distinct Latin words': (length) => distinct(0x61, 26, length, ' '),
  'one Latin word': (length) => 'a'.repeat(length),
  'distinct Han characters': (length) => characters(0x4e00, 20_000, length),
  'distinct rare Han characters': (length) => characters(0x20000, 40_000, length),
  'Thai without blanks': (length) => characters(0x0e01, 46, length),
  'hyphenated words of four-byte letters': (length) => distinct(0x10428, 40, length, '-'),
  'four-byte letters in words': (length) => distinct(0x1e900, 34, length, ' '),
  'ligatures that decompose into eighteen characters': (length) => characters(0xfdf0, 13, length),
  'notes that decompose into three of four bytes': (length) => distinct(0x1d15e, 7, length, ' ', 59),
  'hosts and paths': (length) => 'a.example.com/x '.repeat(length / 16),
  'marks alone': (length) => '\u0301'.repeat(length),
};

describe('a body at its limit, and one far beyond', () => {
  it.each(Object.keys(HARD))('of %s is indexed', async (name) => {
    for (const length of [LIMIT, HUGE]) {
      await db.query('insert into docs values ($1, $2)', [name, HARD[name]?.(length)]);
    }
  });

  it('is found by a word of its beginning', async () => {
    expect(await finds(`needle ${'hay '.repeat(50_000)}`, 'Needle')).toBe(true);
  });
});

const finds = async (body: string, query: string): Promise<boolean> => {
  const [row] = await db.query<{ hit: boolean }>(
    `select search_doc($1) @@ websearch_to_tsquery('simple', fold($2)) as hit`,
    [body, query],
  );
  return row?.hit === true;
};

describe('spellings find each other', () => {
  it.each([
    ['full width', 'Ｍａｌｌａｒｄ', 'mallard'],
    ['composed and decomposed', 'caf\u00e9', 'cafe\u0301'],
    ['accented and not', 'Crème Brûlée', 'creme brulee'],
    ['capitals of other scripts', 'ΑΘΉΝΑ', 'αθηνα'],
    ['half-width kana', 'ｶﾞﾗｽ', 'ガラス'],
    ['ligatures', 'ﬁle', 'file'],
  ])('%s', async (_, left, right) => {
    expect(await finds(left, right)).toBe(true);
    expect(await finds(right, left)).toBe(true);
  });

  it('a word inside a run of characters without blanks', async () => {
    expect(await finds('私は東京都に住んでいます', '"東 京"')).toBe(true);
    expect(await finds('ฉันรักกรุงเทพ', 'กรุงเทพ')).toBe(true);
  });

  it('voiced kana stay different from unvoiced ones', async () => {
    expect(await finds('がき', 'かき')).toBe(false);
  });
});

it('a percent sign, an underscore or a backslash by itself matches no row', async () => {
  for (const query of ['%', '_', '\\', '%%', '-', '"'])
    expect(await finds('100 % of a_b and \\ more', query), query).toBe(false);
});

it('folds in SQL as in TypeScript', async () => {
  const blocks = fc.constantFrom(
    [0x20, 0x7e],
    [0xa0, 0x24f],
    [0x300, 0x36f],
    [0x370, 0x3ff],
    [0x400, 0x4ff],
    [0xe01, 0xe5b],
    [0x1e00, 0x1eff],
    [0x2460, 0x24ff],
    [0x3041, 0x30ff],
    [0x4e00, 0x4fff],
    [0xac00, 0xad00],
    [0xfb00, 0xfb06],
    [0xff01, 0xff9f],
    [0x10400, 0x1044f],
    [0x1d400, 0x1d454],
  );
  const character = blocks
    .chain(([first = 0x20, last = 0x20]) => fc.integer({ min: first, max: last }))
    .map((code) => String.fromCodePoint(code));
  // Whether a capital sigma ends a word is not the same to both, so there is one small one.
  const texts = [
    'a`Σ`',
    'ΟΔΌΣ οδός',
    ...fc.sample(
      fc.array(character, { maxLength: 20 }).map((list) => list.join('')),
      2000,
    ),
  ];
  const rows = await db.query<{ folded: string }>(
    'select fold(t) as folded from unnest($1::text[]) with ordinality as l (t, n) order by n',
    [texts],
  );
  expect(rows.map(({ folded }) => folded)).toEqual(texts.map(fold));
});
