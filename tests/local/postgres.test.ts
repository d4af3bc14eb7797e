import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '#local/embedded-cluster.ts';

const CLUSTER_MODULE = new URL('../../local/embedded-cluster.ts', import.meta.url).href;

let folder: string;
let running: Cluster[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mallard-cluster-'));
  await chmod(folder, 0o755);
  running = [];
});

afterEach(async () => {
  for (const cluster of running) await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(port?: number): Promise<Cluster> {
  const cluster = await startCluster({
    dataDir: join(folder, 'data'),
    durable: false,
    ...(port === undefined ? {} : { port }),
  });
  running.push(cluster);
  return cluster;
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

describe('the embedded Postgres', () => {
  it('is a Postgres 18 that sorts by code point and keeps UTC', async () => {
    const { url } = await start();
    const [row] = await ask(
      url,
      `select current_setting('server_version_num')::int / 10000 as major, 'Ä' > 'z' as by_code_point,
              lower('Ä') as lower, current_setting('timezone') as zone, uuidv7() is not null as uuidv7`,
    );
    expect(row).toEqual({ major: 18, by_code_point: true, lower: 'ä', zone: 'UTC', uuidv7: true });
  });

  it('starts again where it was', async () => {
    const first = await start();
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start();
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(start(port)).rejects.toThrow(`Port ${port} for Postgres is taken by another program`);
    other.close();
  });

  it('starts over a lock file whose process id belongs to somebody else by now', async () => {
    const first = await start();
    await first.stop();
    const lock = [process.pid, join(folder, 'data'), 0, first.port, '', '127.0.0.1', ' 1 1', 'ready'].join('\n');
    await writeFile(join(folder, 'data', 'postmaster.pid'), lock);
    const second = await start();
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).not.toBe(lock);
  });

  it('replaces the server of a process that was killed, with all it had committed', async () => {
    const child = startInChild();
    const [url] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    await ask(url.trim(), 'create table kept as select 7 as answer');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { url: again } = await start();
    expect(await ask(again, 'select answer from kept')).toEqual([{ answer: 7 }]);
  });

  it('leaves the server of a living process alone and names that process', async () => {
    const child = startInChild();
    await once(child.stdout, 'data');
    await expect(start()).rejects.toThrow(`is in use by process ${child.pid}`);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});

function startInChild() {
  const dataDir = JSON.stringify(join(folder, 'data'));
  const script = `
    const { startCluster } = await import(${JSON.stringify(CLUSTER_MODULE)});
    console.log((await startCluster({ dataDir: ${dataDir}, durable: false })).url);`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

it('leaves the exit code of its process as it was set, so that failed tests fail the command', async () => {
  const script = `import ${JSON.stringify(CLUSTER_MODULE)}; process.exitCode = 3;`;
  const [code] = await once(spawn(process.execPath, ['--input-type=module', '--eval', script]), 'exit');
  expect(code).toBe(3);
});
