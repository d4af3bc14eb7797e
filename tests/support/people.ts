import { type LocalIssuer, startLocalIssuer } from '#local/issuer.ts';
import type { Id } from '#schema/ids.ts';
import { account as accounts, authIssuerRules, authIssuers } from '#schema/index.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { JsonObject } from '#workers/openapi/components.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startWorker, type TestWorker, type TestWorkerOptions } from './worker.ts';
import { createWorld, type Member, type World } from './world.ts';

/** What tokens of the desk's issuer are for, unless a test says otherwise. */
export const AUDIENCE = 'mallard';

/** Later than any token of a test, so that claims count as acted on and cost no further trip. */
const LATER = new Date('2100-01-01');

type IssuerFields = Partial<typeof authIssuers.$inferInsert>;
type RuleFields = Partial<typeof authIssuerRules.$inferInsert> & { claim: string[]; equals: string };

export interface Answer {
  status: number;
  headers: Headers;
  body: JsonObject;
  /** Round trips to the database. */
  trips: number;
}

/** A desk whose people come with tokens of a local issuer. */
export interface PeopleDesk {
  db: TestDatabase;
  world: World;
  worker: TestWorker;
  issuer: LocalIssuer;
  issuerId: Id<'iss'>;
  /** Trusts an issuer, straight in the tables: nobody new comes in by itself unless the fields say so. */
  trust(issuer: Pick<LocalIssuer, 'issuer' | 'jwksUrl'>, fields?: IssuerFields): Promise<Id<'iss'>>;
  change(issuerId: Id<'iss'>, set: Record<string, unknown>): Promise<void>;
  rules(issuerId: Id<'iss'>, rules: readonly RuleFields[]): Promise<void>;
  /** The issuer knows the member by this subject from now on. */
  link(member: Member, subject: string, issuerId?: Id<'iss'>): Promise<void>;
  /** A linked member's token. */
  tokenOf(member: Member): Promise<string>;
  call(method: string, path: string, sent?: Sent): Promise<Answer>;
  close(): Promise<void>;
}

export interface Sent {
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: unknown;
}

export async function openPeopleDesk(options: Partial<TestWorkerOptions> = {}): Promise<PeopleDesk> {
  const db = await createTestDatabase();
  const world = await createWorld(db);
  const issuer = await startLocalIssuer();
  const worker = await startWorker({
    databaseUrl: db.url,
    queues: 'lost',
    ...options,
    vars: { CHECK_ANSWERS: 'true', ...options.vars },
  });
  const put = async (builder: Parameters<typeof statement>[0]): Promise<void> => {
    const { text, params } = statement(builder);
    await db.query(text, params);
  };
  const linked = new Map<string, string>();

  const trust: PeopleDesk['trust'] = async ({ issuer: iss, jwksUrl }, fields = {}) => {
    const id = world.newId('iss');
    await put(
      qb.insert(authIssuers).values({ id, issuer: iss, jwksUrl, audiences: [AUDIENCE], provision: 'off', ...fields }),
    );
    return id;
  };
  const issuerId = await trust(issuer);
  const link: PeopleDesk['link'] = async (member, subject, at = issuerId) => {
    await put(
      qb.insert(accounts).values({
        id: world.newId('acct'),
        userId: member.userId,
        issuerId: at,
        subject,
        claimsDigest: new Uint8Array(32),
        claimsIssuedAt: LATER,
      }),
    );
  };

  return {
    db,
    world,
    worker,
    issuer,
    issuerId,
    trust,
    link,
    async change(id, set) {
      const columns = Object.keys(set);
      await db.query(
        `update auth_issuers set ${columns.map((column, i) => `${column} = $${i + 2}`).join(', ')}, revision = revision + 1 where to_typeid('iss', id) = $1`,
        [id, ...columns.map((column) => set[column])],
      );
    },
    async rules(id, rules) {
      await db.query(`delete from auth_issuer_rules where to_typeid('iss', issuer_id) = $1`, [id]);
      await db.query(
        `update auth_issuers set rules_version = rules_version + 1, revision = revision + 1 where to_typeid('iss', id) = $1`,
        [id],
      );
      if (rules.length === 0) return;
      await put(
        qb
          .insert(authIssuerRules)
          .values(rules.map((rule, position) => ({ id: world.newId('issr'), issuerId: id, position, ...rule }))),
      );
    },
    async tokenOf(member) {
      if (!linked.has(member.id)) {
        linked.set(member.id, `subject of ${member.name}`);
        await link(member, `subject of ${member.name}`);
      }
      return issuer.sign({ sub: linked.get(member.id), aud: AUDIENCE, email: member.email, email_verified: true });
    },
    async call(method, path, { token, headers = {}, body } = {}) {
      const before = worker.proxy.stats.requests;
      const response = await worker.fetch(`/api/v1${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === 500) throw new Error(`${method} ${path}: ${worker.logs.at(-1)?.message}`);
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? {} : (JSON.parse(text) as JsonObject),
        trips: worker.proxy.stats.requests - before,
      };
    },
    async close() {
      await worker.close();
      await issuer.stop();
      await db.drop();
    },
  };
}
