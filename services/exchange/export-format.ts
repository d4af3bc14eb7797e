import { MAX_EMAILS } from '#schema/api/contacts.ts';
import { csvRecord } from './csv.ts';
import type { ExportOf } from './export-pages.ts';

export type ExportFormat = 'ndjson' | 'csv';

const numbered = (name: string, most: number): string[] =>
  Array.from({ length: most }, (_, n) => (n === 0 ? name : `${name}${n + 1}`));

const COLUMNS: Readonly<Record<ExportOf, readonly string[]>> = {
  contacts: [
    ...['id', 'name', 'title', 'phone', 'externalId', 'avatarUrl', 'locale', 'timeZone'],
    ...numbered('email', MAX_EMAILS),
    ...['organizationId', 'organizationExternalId', 'organizationDomain', 'createdAt', 'updatedAt'],
  ],
  organizations: [
    ...['id', 'name', 'externalId', 'website', 'notes', 'shareNewTickets', 'colleagueAccess', 'domains'],
    ...['createdAt', 'updatedAt'],
  ],
  tickets: [
    ...['number', 'id', 'subject', 'status.name', 'status.category', 'priority', 'channel', 'visibility'],
    ...['requester.contactId', 'requester.name', 'assignee.name', 'assigneeTeamId', 'primaryTeamId', 'inboxId'],
    ...['organizationId', 'tags', 'createdAt', 'updatedAt', 'firstResponseAt', 'solvedAt', 'closedAt', 'reopenCount'],
  ],
  person: [],
};

const FIELDS_OF = { contacts: 'attributes', organizations: 'attributes', tickets: 'customFields', person: '' } as const;

/** The columns of a CSV: the same for all of its rows, one for each field of the workspace. */
export const columnsOf = (of: ExportOf, fieldKeys: readonly string[]): string[] => [
  ...COLUMNS[of],
  ...fieldKeys.map((key) => `${FIELDS_OF[of]}.${key}`),
];

/** Rows as text; `columns` is null for NDJSON. */
export function writeRows(lines: readonly Record<string, unknown>[], columns: readonly string[] | null): string {
  if (columns === null) return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return lines.map((line) => csvRecord(columns.map((column) => cellOf(line, column)))).join('');
}

function cellOf(line: Record<string, unknown>, column: string): string {
  const email = /^email(\d*)$/.exec(column);
  const value = email === null ? at(line, column) : (line.emails as string[])[Number(email[1] || 1) - 1];
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const at = (line: Record<string, unknown>, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value === null || value === undefined ? value : (value as Record<string, unknown>)[key]),
      line,
    );
