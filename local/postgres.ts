import { startCluster } from './embedded-cluster.ts';

export interface LocalPostgres {
  /** The maintenance database of the server; its user may create databases. */
  url: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * A Postgres 18 for local work: the server that `DATABASE_URL` names, else an embedded one on `dataDir`.
 * `stop` leaves a server of one's own alone. @throws Error whose message says what to do.
 */
export async function startPostgres(options: {
  dataDir: string;
  port?: number;
  durable?: boolean;
}): Promise<LocalPostgres> {
  const own = process.env.DATABASE_URL;
  if (own !== undefined && own !== '') {
    return { url: own, port: Number(new URL(own).port || '5432'), stop: async () => undefined };
  }
  return startCluster({ durable: true, ...options });
}
