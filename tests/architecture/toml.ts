/** The strings of an array in a TOML text, as far as wrangler.toml uses the format: one table deep, double quotes. */
export function tomlList(text: string, key: string): string[] {
  const body = new RegExp(`^${key}\\s*=\\s*\\[([^\\]]*)\\]`, 'm').exec(text)?.[1] ?? '';
  return [...body.matchAll(/"([^"]*)"/g)].map(([, item]) => item ?? '');
}

/** The values of one key in every table of an array of tables: `queue` of `[[queues.consumers]]`. */
export function tomlTables(text: string, table: string, key: string): string[] {
  const sections = text.split(/^(?=\[)/m).filter((section) => section.startsWith(`[[${table}]]`));
  return sections.flatMap((section) => new RegExp(`^${key}\\s*=\\s*"([^"]*)"`, 'm').exec(section)?.[1] ?? []);
}
