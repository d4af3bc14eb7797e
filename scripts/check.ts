import { spawnSync } from 'node:child_process';
import { bindingsAreCurrent } from './bindings.ts';
import { BUNDLE_LIMIT_KIB, bundleSize, DOOR_LIMIT_KIB, START_LIMIT_KIB } from './bundle-size.ts';

export interface Checked {
  name: string;
  ok: boolean;
  output: string;
}

const COMMANDS: readonly [name: string, command: string, args: readonly string[]][] = [
  ['types', 'tsc', ['-p', '.']],
  ['lint and format', 'biome', ['ci', '.']],
  ['migrations: journal, additivity, drift', 'node', ['migrations/cli/run-check.ts']],
];

/** Everything that needs no database: types, lint, format, the migration chain, the size of the Worker. */
export async function runChecks(say: (line: string) => void): Promise<Checked[]> {
  const results = COMMANDS.map(([name, command, args]) => {
    const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${command}`, args, { encoding: 'utf8' });
    return report({ name, ok: status === 0, output: `${stdout}${stderr}` }, say);
  });
  const size = await bundleSize();
  const parts = [
    { what: 'in all', kib: size.gzipKib, most: BUNDLE_LIMIT_KIB },
    { what: 'for a door', kib: size.doorGzipKib, most: DOOR_LIMIT_KIB },
    { what: 'at its start', kib: size.startGzipKib, most: START_LIMIT_KIB },
  ];
  const fits = {
    name: `Worker, KiB gzip: ${parts.map(({ what, kib, most }) => `${what} ${kib.toFixed(1)} of ${most}`).join(', ')}`,
    ok: parts.every(({ kib, most }) => kib <= most),
    output: '',
  };
  const bindings = {
    name: 'bindings.d.ts is what wrangler.toml gives',
    ok: bindingsAreCurrent(),
    output: 'Run npm run build:bindings and commit the file.',
  };
  return [...results, report(bindings, say), report(fits, say)];
}

function report(checked: Checked, say: (line: string) => void): Checked {
  say(`${checked.ok ? 'ok  ' : 'FAIL'} ${checked.name}`);
  if (!checked.ok) say(checked.output);
  return checked;
}

if (import.meta.main) process.exitCode = (await runChecks(console.log)).every(({ ok }) => ok) ? 0 : 1;
