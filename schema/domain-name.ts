const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const MAX_CHARACTERS = 253;

/**
 * The domain that an address, host or URL names, as it is compared and stored: `www.` and the final dot off, lower case, in
 * ASCII (UTS 46). At least two labels, no IP address. `undefined` when there is none.
 */
export function normalizeDomain(text: string): string | undefined {
  const [authority = ''] = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .split(/[/?#\\]/, 1);
  const host = asciiDomain(authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, ''));
  const bare = host?.replace(/^www\./, '');
  return bare?.includes('.') ? bare : host;
}

/** A bare domain in ASCII, without a final dot; `undefined` for anything else, IP addresses in any spelling included. */
export function asciiDomain(text: string): string | undefined {
  if (text === '' || /[/:@?#\s[\]\\%]/.test(text) || !URL.canParse(`http://${text}/`)) return undefined;
  const host = new URL(`http://${text}/`).hostname.replace(/\.$/, '');
  const labels = host.split('.');
  const named =
    host.length <= MAX_CHARACTERS &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '');
  return named ? host : undefined;
}

/** The domain and those above it, longest first, down to the last label. */
export const parentsOf = (domain: string): string[] => {
  const labels = domain.split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
};
