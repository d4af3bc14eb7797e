/** What the text of a macro may name. */
export const PLACEHOLDERS = [
  'ticket.number',
  'ticket.subject',
  'ticket.url',
  'requester.name',
  'requester.first_name',
  'agent.name',
  'agent.first_name',
  'organization.name',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const PLACEHOLDER = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g;
const BRACES = /\{\{[^}]{0,60}\}{0,2}/g;

const isPlaceholder = (name: string): name is Placeholder => (PLACEHOLDERS as readonly string[]).includes(name);

/** What stands in braces and for nothing: another name, or braces that nobody closed. */
export const unknownPlaceholders = (text: string): string[] => [
  ...new Set(
    text.replaceAll(PLACEHOLDER, (whole, name: string) => (isPlaceholder(name.trim()) ? ' ' : whole)).match(BRACES),
  ),
];

/** The text with a value for each placeholder, its fallback where there is none, or nothing. */
export const fillPlaceholders = (text: string, values: Readonly<Record<Placeholder, string | null>>): string =>
  text.replaceAll(PLACEHOLDER, (whole: string, name: string, fallback: string | undefined) => {
    const known = name.trim();
    return isPlaceholder(known) ? (values[known] ?? fallback ?? '') : whole;
  });
