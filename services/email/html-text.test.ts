import { expect, test } from 'vitest';
import { htmlText } from './html-text.ts';

test('blocks stand on lines of their own, tags and blanks are gone', () => {
  expect(htmlText('<html><body><p>Hello <b>Ada</b>,</p>\n<div>the   page<br>is white.</div></body></html>')).toBe(
    'Hello Ada,\n\nthe page\nis white.',
  );
});

test('what is no text is left out', () => {
  expect(
    htmlText(
      '<head><title>T</title></head><style>p{color:red}</style><script>alert("<p>")</script><!-- <p>x</p> -->seen',
    ),
  ).toBe('seen');
});

test('entities are read, also as numbers, and unknown ones stay', () => {
  expect(htmlText('a &lt; b &amp;&nbsp;c &#8364; &#x1f600; &unknown; &#0;')).toBe('a < b & c € 😀 &unknown;');
});

test('the named characters of Latin scripts are read, whatever they are', () => {
  expect(htmlText('Stra&szlig;e &Aring;rhus &frac12;&nbsp;&yuml; co&shy;op &rarr; &bdquo;x&ldquo;')).toBe(
    'Straße Århus ½ ÿ coop → „x“',
  );
});

test('a sign that opens no tag stays', () => {
  expect(htmlText('1 < 2 and <3')).toBe('1 < 2 and <3');
});

test.each([
  ['open tags', '<'.repeat(500_000)],
  ['half a script', '<script>'.repeat(50_000)],
  ['closing marks inside a style', `<style>${'</'.repeat(300_000)}`],
  ['comments without an end', '<!--'.repeat(200_000)],
  ['ampersands', '&#'.repeat(400_000)],
])('%s are one pass: a quadratic one would not end in time', (_name, html) => {
  expect(htmlText(html).length).toBeLessThanOrEqual(html.length);
});
