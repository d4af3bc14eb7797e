import { spawnSync } from 'node:child_process';
import { bindingsAreCurrent } from './bindings.ts';
import { BUNDLE_LIMIT_KIB, bundleSize, START_LIMIT_KIB } from './bundle-size.ts';

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
  const [whole, start] = [size.gzipKib, size.startGzipKib].map((kib) => kib.toFixed(1));
  const fits = {
    name: `Worker ${whole} KiB gzip, at most ${BUNDLE_LIMIT_KIB}; ${start} at its start, at most ${START_LIMIT_KIB}`,
    ok: size.gzipKib <= BUNDLE_LIMIT_KIB && size.startGzipKib <= START_LIMIT_KIB,
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
