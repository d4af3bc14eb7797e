import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = 'workers/bindings.d.ts';
const WRANGLER = join(ROOT, 'node_modules/.bin/wrangler');
const FLAGS = [
  '--env-interface=Bindings',
  '--include-runtime=false',
  '--include-main-module=false',
  '--strict-vars=false',
];

/**
 * What `wrangler types` makes of wrangler.toml. It runs beside a copy, where no `.dev.vars` adds to it; without the network.
 * @throws Error when Wrangler refuses the file.
 */
export function bindingsText(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mallard-bindings-'));
  try {
    copyFileSync(join(ROOT, 'wrangler.toml'), join(folder, 'wrangler.toml'));
    mkdirSync(join(folder, dirname(FILE)));
    const { status, stdout, stderr } = spawnSync(WRANGLER, ['types', FILE, ...FLAGS], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    });
    if (status !== 0) throw new Error(`wrangler types: ${stdout}${stderr}`);
    return readFileSync(join(folder, FILE), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `Env` derives from this file: what wrangler.toml no longer says would be believed to be there. */
export const bindingsAreCurrent = (): boolean => readFileSync(join(ROOT, FILE), 'utf8') === bindingsText();

if (import.meta.main) writeFileSync(join(ROOT, FILE), bindingsText());
