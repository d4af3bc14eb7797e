import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What one start leaves for the next, and for other programs on this machine. */
export interface SavedState {
  url: string;
  databaseUrl: string;
  receiverUrl: string;
  /** The owner's key; the others stand in `apiKeys` by role. */
  apiKey: string;
  apiKeys: { name: string; role: string; apiKey: string }[];
  masterKey: string;
  webhookSecret: string;
}

const FILE = 'mallard.json';

/** Empty on a first start. */
export async function readState(folder: string): Promise<Partial<SavedState>> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => '{}');
  return JSON.parse(text) as Partial<SavedState>;
}

export async function writeState(folder: string, state: SavedState): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILE), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}
