import { parentsOf } from './domain-name.ts';
import type { SUFFIX_KINDS } from './tables/mail-domains.ts';
import type { ValueOf } from './values.ts';

/** One rule of the Public Suffix List: `co.uk`; `*.ck` of kind `wildcard`; `www.ck` of kind `exception`. */
export interface SuffixRule {
  suffix: string;
  kind: ValueOf<typeof SUFFIX_KINDS>;
}

/** The rules of a list as publicsuffix.org publishes it, names in ASCII. */
export function parseSuffixList(text: string): SuffixRule[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s/, 1)[0] ?? '')
    .filter((line) => line !== '' && !line.startsWith('//'))
    .map((line): SuffixRule => {
      if (line.startsWith('!')) return { suffix: ascii(line.slice(1)), kind: 'exception' };
      if (line.startsWith('*.')) return { suffix: `*.${ascii(line.slice(2))}`, kind: 'wildcard' };
      return { suffix: ascii(line), kind: 'rule' };
    });
}

const ascii = (suffix: string): string => new URL(`http://${suffix}/`).hostname;

/** Under which keys the rules that may decide about a domain are stored. */
export const suffixKeys = (domain: string): string[] => parentsOf(domain).flatMap((parent) => [parent, `*.${parent}`]);

/**
 * The part of a domain that somebody registered: its public suffix and one label more (publicsuffix.org/list, algorithm).
 * `undefined` for a public suffix itself. `rules` are those stored under the domain's keys; others do no harm.
 */
export function apexOf(domain: string, rules: readonly SuffixRule[]): string | undefined {
  const has = (suffix: string, kind: SuffixRule['kind']): boolean =>
    rules.some((rule) => rule.suffix === suffix && rule.kind === kind);
  const parents = parentsOf(domain);
  const exception = parents.find((parent) => has(parent, 'exception'));
  if (exception !== undefined) return exception;
  const at = parents.findIndex(
    (parent, i) => has(parent, 'rule') || has(`*.${parents[i + 1] ?? ''}`, 'wildcard') || i === parents.length - 1,
  );
  return parents[at - 1];
}
