import { randomUUID } from 'node:crypto';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS, type Permission } from '#services/access/permissions.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startWorker, type TestWorker } from './worker.ts';
import { createWorld, type KeyOptions, type Member, type Place, type World } from './world.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what came over the wire.
type Json = any;

export interface Answered {
  status: number;
  body: Json;
  headers: Headers;
  /** Round trips to the database. */
  trips: number;
}

/** Somebody who asks the API. */
export interface Caller {
  token: string;
  get(path: string): Promise<Answered>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  delete(path: string, headers?: Record<string, string>): Promise<Answered>;
}

export interface StoredTelling {
  type: string;
  entity_id: string;
  entity_seq: string;
  payload: Json;
}

export interface AccessDesk {
  db: TestDatabase;
  world: World;
  worker: TestWorker;
  owner: Caller;
  as(token: string): Caller;
  /** A key with all permissions, so that its power is its creator's. */
  keyOf(creator: Member, options?: KeyOptions): Promise<Caller>;
  /** A fresh member who holds exactly these permissions at a place, and their key. */
  holder(permissions: readonly Permission[], at?: Place): Promise<{ member: Member; caller: Caller }>;
  /** A custom role, straight into the tables. */
  role(permissions: readonly Permission[]): Promise<Id<'role'>>;
  /** What `ask` gives when `act` happens after its load, right before its first commit. */
  overtaken<T>(ask: () => Promise<T>, act: () => Promise<unknown>): Promise<T>;
  /** Events and audit rows since the last call. */
  told(): Promise<{ events: StoredTelling[]; audit: Json[] }>;
  close(): Promise<void>;
}

/** The real Worker on a small workspace, and people who ask it. */
export async function openAccessDesk(vars: Readonly<Record<string, string>> = {}): Promise<AccessDesk> {
  const db = await createTestDatabase();
  const world = await createWorld(db);
  const worker = await startWorker({ databaseUrl: db.url, queues: 'lost', vars: { CHECK_ANSWERS: 'true', ...vars } });
  const as = (token: string): Caller => {
    const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await worker.fetch(`/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const trips = Number(/desc="(\d+)"/.exec(response.headers.get('server-timing') ?? '')?.[1] ?? 0);
      return {
        status: response.status,
        body: text === '' ? null : JSON.parse(text),
        headers: response.headers,
        trips,
      };
    };
    return {
      token,
      get: (path) => send('GET', path),
      post: (path, body, headers) => send('POST', path, body, headers),
      put: (path, body, headers) => send('PUT', path, body, headers),
      patch: (path, body, headers) => send('PATCH', path, body, headers),
      delete: (path, headers) => send('DELETE', path, undefined, headers),
    };
  };
  const keyOf = async (creator: Member, options: KeyOptions = {}) =>
    as((await world.keyFor(PERMISSION_KEYS, { creator, ...options })).token);
  let lastEvent = 0;
  let lastAudit = 0;

  return {
    db,
    world,
    worker,
    owner: await keyOf(world.owner),
    as,
    keyOf,
    async holder(permissions, at) {
      const member = await world.member();
      await world.grant(member, permissions, at);
      return { member, caller: await keyOf(member) };
    },
    async role(permissions) {
      const id = world.newId('role');
      const key = `r${randomUUID().slice(0, 8)}`;
      await db.query('insert into roles (id, key, name) values ($1, $2, $2)', [idToUuid(id), key]);
      await db.query(
        'insert into role_permissions (role_id, permission_key) select $1, key from unnest($2::text[]) key',
        [idToUuid(id), permissions],
      );
      return id;
    },
    async overtaken(ask, act) {
      let due = true;
      worker.proxy.setHook(async ({ queries }): Promise<'pass'> => {
        if (!due || !queries[0]?.includes('require_rows')) return 'pass';
        due = false;
        await act();
        return 'pass';
      });
      const answer = await ask();
      worker.proxy.setHook(undefined);
      if (due) throw new Error('nothing was committed');
      return answer;
    },
    async told() {
      const events = await db.query<StoredTelling & { seq: string }>(
        'select seq, type, entity_id, entity_seq, payload from events where seq > $1 order by seq',
        [lastEvent],
      );
      const audit = await db.query<{ seq: string }>('select * from audit_events where seq > $1 order by seq', [
        lastAudit,
      ]);
      lastEvent = Number(events.at(-1)?.seq ?? lastEvent);
      lastAudit = Number(audit.at(-1)?.seq ?? lastAudit);
      return { events, audit };
    },
    async close() {
      await worker.close();
      await db.drop();
    },
  };
}

/** Grants straight into the tables are not numbered by an event, as if they had always been there. */
export const systemRoleId = async (db: TestDatabase, key: string): Promise<Id<'role'>> => {
  const [row] = await db.query<{ id: Id<'role'> }>(
    "select to_typeid('role', id) as id from roles where key = $1 and deleted_at is null",
    [key],
  );
  if (row === undefined) throw new Error(`no role ${key}`);
  return row.id;
};
