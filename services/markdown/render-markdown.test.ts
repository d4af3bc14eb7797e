import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from './render-markdown.ts';

const html = (text: string): string => renderMarkdown(text).trim();
const anchor = (href: string, text: string): string =>
  `<a href="${href}" rel="noopener noreferrer nofollow">${text}</a>`;

describe('a message', () => {
  test.each([
    ['# One\n\nTwo\\\nthree', '<h1>One</h1>\n<p>Two<br>\nthree</p>'],
    ['*a* **b** ~~c~~ `d<e`', '<p><em>a</em> <strong>b</strong> <del>c</del> <code>d&lt;e</code></p>'],
    ['> a\n> > b', '<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>'],
    ['3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ['- a\n\n- b', '<ul>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>'],
    ['- [x] a\n- [ ] b', '<ul>\n<li>[x] a</li>\n<li>[ ] b</li>\n</ul>'],
    ['```js\na < b\n```', '<pre><code>a &lt; b\n</code></pre>'],
    ['a\n\n---\n\nb', '<p>a</p>\n<hr>\n<p>b</p>'],
    ['&copy; & &#60;b&#62; \\*c\\*', '<p>&copy; &amp; &lt;b&gt; *c*</p>'],
    ['', ''],
  ])('is CommonMark: %j', (text, expected) => expect(html(text)).toBe(expected));

  test('has tables, with the sides that columns name', () => {
    expect(html('| a | b |\n| :-: | - |\n| *c* |')).toBe(
      '<table>\n<thead>\n<tr><th align="center">a</th><th>b</th></tr>\n</thead>\n<tbody>\n<tr><td align="center"><em>c</em></td><td></td></tr>\n</tbody>\n</table>',
    );
  });

  test('links what looks like an address, and leads nowhere but to http, https and mailto', () => {
    expect(html('https://a.test/?b=1&c=2, www.d.test and e@f.test')).toBe(
      `<p>${anchor('https://a.test/?b=1&amp;c=2', 'https://a.test/?b=1&amp;c=2')}, ${anchor('http://www.d.test', 'www.d.test')} and ${anchor('mailto:e@f.test', 'e@f.test')}</p>`,
    );
    expect(html('[a](HTTPS://b.test/é?%20"c) <mailto:d@e.test>')).toBe(
      `<p>${anchor('HTTPS://b.test/%C3%A9?%20%22c', 'a')} ${anchor('mailto:d@e.test', 'mailto:d@e.test')}</p>`,
    );
    expect(html('[a][b]\n\n[b]: https://c.test')).toBe(`<p>${anchor('https://c.test', 'a')}</p>`);
  });

  test.each([
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', '&#106;avascript:alert(1)', 'javascript&colon;alert(1)'],
    ...[
      'java\u0000script:alert(1)',
      '\u0001javascript:alert(1)',
      '%6aavascript:alert(1)',
      'java&NewLine;script:alert(1)',
    ],
    ...[
      'data:text/html,<script>',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:x',
      '//evil.test',
      '/relative',
      '#here',
      'x',
    ],
    ...[
      'https:javascript',
      'http://',
      'https:// a',
      'ftp://a.test',
      'https&colon;//a.test',
      'ms-word:ofe|u|https://a.test',
    ],
  ])('leads nowhere by %j, in whatever form it is written', (target) => {
    for (const text of [
      `[a](<${target}>)`,
      `[a](${target})`,
      `![a](${target})`,
      `<${target}>`,
      `[a]\n\n[a]: <${target}>`,
    ])
      expect(html(text)).not.toMatch(/href="(?!(?:https?:\/\/|mailto:)[^"\s])/i);
    expect(html(`[a](<${target}>)`)).not.toContain('<a ');
  });

  test('shows HTML as the text that it is', () => {
    expect(html('<script>alert(1)</script>')).toBe('<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>');
    expect(html('a <b onclick="x">*c*</b> <!-- d --> <?e?>')).toBe(
      '<p>a &lt;b onclick=&quot;x&quot;&gt;<em>c</em>&lt;/b&gt; &lt;!-- d --&gt; &lt;?e?&gt;</p>',
    );
    expect(html('<div>\n\n*a*\n\n</div>')).toBe('<p>&lt;div&gt;</p>\n<p><em>a</em></p>\n<p>&lt;/div&gt;</p>');
  });

  test('fetches nothing: a picture is a link to it, and no link lies in another', () => {
    expect(html('![a](https://b.test/c.png "d")')).toBe(`<p>${anchor('https://b.test/c.png', 'a')}</p>`);
    expect(html('![](https://b.test/c.png)')).toBe(`<p>${anchor('https://b.test/c.png', 'https://b.test/c.png')}</p>`);
    expect(html('[![a](https://b.test)](https://c.test)')).toBe(`<p>${anchor('https://c.test', 'a')}</p>`);
    expect(html('[![a [b](https://c.test)](https://d.test)](https://e.test)')).toBe(
      `<p>${anchor('https://e.test', 'a b')}</p>`,
    );
  });
});

const TAGS = 'p h[1-6] blockquote ul li pre code table thead tbody tr th td strong em del a'.split(' ').join('|');
const OPENING = new RegExp(
  `<(?:(?:${TAGS})|a href="(?:https?://|mailto:)[^"<>\\s]+" rel="noopener noreferrer nofollow"|ol(?: start="\\d+")?|t[hd] align="(?:left|right|center)")>`,
  'gi',
);

/** What is left when the tags that a message may have are gone; each of them closed. */
function beyondTags(text: string): string {
  const opened = text.match(OPENING) ?? [];
  const closed = text.match(new RegExp(`</(?:${TAGS}|ol)>`, 'g')) ?? [];
  expect(closed.length).toBe(opened.length);
  return text.replaceAll(OPENING, '').replaceAll(new RegExp(`</(?:${TAGS}|ol)>|<br>|<hr>`, 'g'), '');
}

test('whatever is written, nothing comes out but the tags and attributes that are allowed', () => {
  const pieces =
    '<script>·</p>·<img src=x onerror=y>·<a href="·"·\'·>·<·&·&lt;·&#60;·\u0000·\n·\n\n·[a](·![·](·)·[·]·<javascript:x>·javascript:' +
    '·https://a.test/·<https://b.test>·c@d.test·*·**·_·~~·`·```\n·> ·- ·1. ·# ·| ·|\n|-|-|\n·    ·\\·[a]: ·\t·word ·\ud800';
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces.split('·')), fc.string({ maxLength: 5 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, (parts) => {
      expect(beyondTags(renderMarkdown(parts.join('')))).not.toMatch(/[<>"']/);
    }),
    { numRuns: 3000 },
  );
});

const LONG = 100_000;
const filled = (piece: string): string => piece.repeat(Math.ceil(LONG / piece.length)).slice(0, LONG);
const stairs = (piece: string, steps: number): string =>
  filled(`${Array.from({ length: steps }, (_, n) => `${piece.repeat(steps - n)}a`).join('\n')}\n\n`);

/** Each takes minutes or years by itself, most of all the stairs, whose time doubles with every step. */
const COSTLY =
  '_a __a·**x* ·*a_ ·a**b·~~a·[·![a](·[a](<b·](·`a``·<·&a;·a.·www.·http://a(·> ·- ·1. ·> - ·  - a\n|·  - a\n·> a\n- b\n' +
  '·a|\n-|\n·|-\n·-\n|·> \na\n> ·=\n·[a]: b\n·\\· \n';
const WORST: [string, string][] = [
  ...COSTLY.split('·').map((piece): [string, string] => [JSON.stringify(piece), filled(piece)]),
  ['deep quotes', filled(`${'> '.repeat(40)}a\n\n`)],
  ['stairs of quotes', stairs('> ', 40)],
  ['stairs of lists in quotes', stairs('> - ', 30)],
  ['a chain of lists that goes on', `${'- '.repeat(LONG / 4)}${'/ a\n'.repeat(LONG / 8)}`],
  ['a long word before an at', `${'a'.repeat(LONG)}@`],
  ['a wide table of short rows', `|${'a|'.repeat(1000)}\n|${'-|'.repeat(1000)}\n${'|\n'.repeat(45_000)}`],
];

/** Far above what each takes, far below what it would without its bound. */
const HANGS_MS = 12_000;

test.each(WORST)(
  '100,000 characters of %s are rendered in bounded time, depth and size',
  (_name, text) => {
    const out = renderMarkdown(text);
    expect(out.length).toBeLessThan(30 * LONG);
    expect(beyondTags(out)).not.toMatch(/[<>"']/);
    expect(out).not.toContain('<blockquote>\n'.repeat(9));
  },
  HANGS_MS,
);

test('a long message of everyday kind keeps all of its form', () => {
  const part =
    'A *word* of `code`, see [here](https://a.test/b) & there: c@d.test.\n\n> quoted\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n';
  const times = Math.floor(LONG / part.length);
  const out = renderMarkdown(part.repeat(times));
  for (const tag of ['<em>', '<blockquote>', '<table>', '<li>one', 'mailto:c@d.test'])
    expect(out.split(tag).length - 1).toBe(times);
});
