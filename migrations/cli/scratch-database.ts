import pg from 'pg';

let made = 0;

/** Databases made for a proof and dropped after it. */
export interface ScratchServer {
  /** A new database, empty or a copy of one that nobody is connected to; its URL. */
  create(template?: string): Promise<string>;
  /** Drops everything that `create` made. */
  dispose(): Promise<void>;
}

/** Uses the server behind a URL, whose user may create databases; the database it names is left alone. */
export async function scratchServer(serverUrl: string): Promise<ScratchServer> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  const names: string[] = [];
  return {
    async create(template) {
      made += 1;
      const name = `mallard_proof_${process.pid}_${made}`;
      const source = template === undefined ? 'template0' : databaseOf(template);
      await admin.query(`create database "${name}" template "${source}" encoding 'UTF8' strategy file_copy`);
      names.push(name);
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async dispose() {
      for (const name of names) await admin.query(`drop database if exists "${name}" with (force)`);
      await admin.end();
    },
  };
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

/** Runs work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
