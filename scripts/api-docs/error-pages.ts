import { ERROR_STATUS, type ErrorCode, type Reason } from '#schema/errors.ts';
import { CODE_GUIDE } from '#schema/problem-guide/codes.ts';
import { REASON_GUIDE } from '#schema/problem-guide/reasons.ts';
import { ERROR_TITLES } from '#schema/problem-guide/titles.ts';
import { AUTOMATIC_REASONS, problemExample } from '#workers/openapi/refusals.ts';
import type { Route } from '#workers/routes/route.ts';
import { escapeHtml, htmlPage, inlineHtml } from './html.ts';

export const ERROR_CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

/** The pages that a problem's `type` leads to, by path under `docs/errors/`, with an overview. */
export function errorPages(routes: readonly Route[]): Map<string, string> {
  return new Map([
    ['index.html', overview()],
    ...ERROR_CODES.map((code): [string, string] => [`${code}.html`, errorPage(code, reasonsOf(code, routes))]),
  ]);
}

/** Reasons that the product gives today with a code: those of the doors, and those that a route declares. */
export function reasonsOf(code: ErrorCode, routes: readonly Route[]): Reason[] {
  const declared = routes
    .flatMap((route) => route.reasons ?? [])
    .filter((reason) => REASON_GUIDE[reason]?.codes.includes(code));
  const shown =
    routes.some((route) => route.secretFields !== undefined) && code === 'conflict'
      ? (['secret_not_replayed'] as const)
      : [];
  return [...new Set([...(AUTOMATIC_REASONS[code] ?? []), ...shown, ...declared])].toSorted();
}

const RETRY = {
  never: 'Sending it again gives the same answer.',
  'after a change': 'Send it again only after a change.',
  'as it is': 'The same request may be sent again.',
} as const;

function errorPage(code: ErrorCode, reasons: readonly Reason[]): string {
  const { meaning, remedy, retry } = CODE_GUIDE[code];
  const entries = reasons.map(
    (reason) =>
      `<dt id="${reason}"><code>${reason}</code></dt>\n<dd>${inlineHtml(REASON_GUIDE[reason]?.remedy ?? '')}</dd>`,
  );
  const list = entries.length === 0 ? '' : `<h2>Reasons</h2>\n<dl>\n${entries.join('\n')}\n</dl>\n`;
  return htmlPage(
    `${ERROR_TITLES[code]} (${code})`,
    `<nav><a href="/docs/errors/">All errors</a> · <a href="/docs/">Reference</a></nav>
<h1>${escapeHtml(ERROR_TITLES[code])}</h1>
<p><code>${code}</code>, HTTP ${ERROR_STATUS[code]}</p>
<p>${inlineHtml(meaning)}</p>
<h2>What to do</h2>
<p>${inlineHtml(remedy)} ${RETRY[retry]}</p>
${list}<h2>Example</h2>
<pre>${escapeHtml(JSON.stringify(problemExample(code, reasons[0]), null, 2))}</pre>`,
  );
}

function overview(): string {
  const entries = ERROR_CODES.map(
    (code) =>
      `<dt><a href="/docs/errors/${code}"><code>${code}</code></a> ${ERROR_STATUS[code]}</dt>\n<dd>${inlineHtml(CODE_GUIDE[code].meaning)}</dd>`,
  );
  return htmlPage(
    'Errors',
    `<nav><a href="/docs/">Reference</a></nav>
<h1>Errors</h1>
<p>Every refusal is <code>application/problem+json</code> (RFC 9457). Programs match on <code>code</code> and <code>reason</code>;
<code>detail</code> is for people and may change.</p>
<dl>
${entries.join('\n')}
</dl>`,
  );
}
