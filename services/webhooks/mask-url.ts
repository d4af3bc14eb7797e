const LONGEST_SHOWN_SEGMENT = 20;
const MASK = '…';

/** The address without what may be a secret: the query, and path segments longer than 20 characters. */
export function maskUrl(text: string): string {
  const { origin, pathname, search } = new URL(text);
  const path = pathname.split('/').map((segment) => (segment.length > LONGEST_SHOWN_SEGMENT ? MASK : segment));
  return `${origin}${path.join('/')}${search === '' ? '' : `?${MASK}`}`;
}

/** The host alone, as events and the delivery log tell it. */
export const hostOf = (text: string): string => new URL(text).host;
