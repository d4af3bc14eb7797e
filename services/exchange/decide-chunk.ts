import { ServiceError } from '#schema/errors.ts';
import { contactEmails, contacts } from '#schema/index.ts';
import { contactKind } from '#services/contacts/contact-kind.ts';
import type { Also } from '#services/directory/change-record.ts';
import { holdOrganization } from '#services/directory/hold-live.ts';
import type { LoadedRoot, RootWrite } from '#services/kernel/change.ts';
import { withoutTwins } from '#services/kernel/over-rows.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type Claimed, decideLine, type ImportMode, type LineResult, noneClaimed } from './decide-import.ts';
import type { ImportFacts } from './import-facts.ts';
import type { ImportLine } from './import-line.ts';

export interface LineOutcome {
  state: 'ok' | 'unchanged' | 'refused';
  code: string | null;
  reason: string | null;
  resultId: string | null;
}

/**
 * The lines of one commit, each by itself, written in a handful of statements. It ends before a line that is about what an
 * earlier one has changed: that line finds it in the next commit, as if all came one by one.
 */
export function decideChunk(
  lines: readonly (ImportLine | ServiceError)[],
  mode: ImportMode,
  facts: ImportFacts,
  by: Pick<Deciding, 'now' | 'ids'>,
): { outcomes: LineOutcome[]; also: Also } {
  const claimed = noneClaimed();
  const outcomes: LineOutcome[] = [];
  const done: Extract<LineResult, { state: 'ok' }>[] = [];
  for (const line of lines) {
    const result = attempt(line, () => decideLine(line as ImportLine, mode, facts, claimed, by));
    if (result === undefined) break;
    if (result instanceof ServiceError) {
      outcomes.push({ state: 'refused', code: result.code, reason: result.reason ?? null, resultId: null });
      continue;
    }
    const { row, parts } = result.contact;
    // A login that leaves another contact touches that one too.
    const touching = result.state === 'ok' ? updatedBy(result.also) : [];
    if (touching.some((id) => claimed.ids.has(id))) break;
    for (const id of touching) claimed.ids.add(id);
    outcomes.push({ state: result.state, code: null, reason: null, resultId: row.id });
    if (result.state === 'unchanged') continue;
    claim(
      claimed,
      row,
      parts.map(({ value }) => value),
    );
    done.push(result);
  }
  return { outcomes, also: written(done) };
}

const updatedBy = ({ roots = [] }: Also): string[] =>
  roots.flatMap((root) => (root.kind === 'update' ? [root.loaded.id] : []));

function attempt(
  line: ImportLine | ServiceError,
  decide: () => LineResult | undefined,
): LineResult | ServiceError | undefined {
  if (line instanceof ServiceError) return line;
  try {
    return decide();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

function claim(claimed: Claimed, row: { id: string; externalId: string | null }, emails: readonly string[]): void {
  claimed.ids.add(row.id);
  for (const email of emails) claimed.emails.set(email, row.id as never);
  if (row.externalId !== null) claimed.externalIds.add(row.externalId);
}

/** New contacts in one insert, changed ones in one update, new addresses in one insert. */
function written(done: readonly Extract<LineResult, { state: 'ok' }>[]): Also {
  const inserted = done.filter(({ before }) => before === null);
  const each: { loaded: LoadedRoot; set: Record<string, unknown> }[] = [];
  const others: RootWrite[] = [];
  for (const { also } of done) {
    for (const root of also.roots ?? []) {
      if (root.kind === 'insert' && root.table === contacts) continue;
      if (root.kind === 'update' && root.table === contacts) each.push(root);
      else others.push(root);
    }
  }
  const addresses = inserted.flatMap(({ contact: { row, parts } }) =>
    parts.map((part) => contactKind.parts.stored(row.id, part)),
  );
  const places = done.flatMap(({ contact: { row }, before }) =>
    row.organizationId === null || row.organizationId === before?.row.organizationId ? [] : [row.organizationId],
  );
  return {
    holds: withoutTwins(
      [...new Set(places)].map(holdOrganization).concat(done.flatMap(({ also }) => also.holds ?? [])),
    ),
    roots: [
      ...(inserted.length === 0
        ? []
        : [{ kind: 'inserts' as const, table: contacts, rows: inserted.map(({ contact }) => contact.row) }]),
      ...(each.length === 0 ? [] : [{ kind: 'each' as const, table: contacts, what: 'contacts', each }]),
      ...others,
    ],
    writes: [
      ...(addresses.length === 0 ? [] : [statement(qb.insert(contactEmails).values(addresses as never))]),
      // What is in the one insert above stands first in what makes a new contact.
      ...done.flatMap(({ also, before, contact }) =>
        (also.writes ?? []).slice(before === null && contact.parts.length > 0 ? 1 : 0),
      ),
    ],
    events: done.flatMap(({ also }) => also.events ?? []),
  };
}
