import { createServer, connect as open, type Socket } from 'node:net';

/**
 * A way to a server on which it answers with another `server_version_num` (six digits, as 170004). What it says is changed
 * on the wire, so that everything before and behind is real. The URL to use, and how to close it.
 */
export async function serverOfVersion(
  databaseUrl: string,
  real: string,
  told: string,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = open(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(upstream);
    upstream.on('data', (bytes) => client.write(replaced(bytes, real, told)));
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function replaced(bytes: Buffer, real: string, told: string): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(real); at !== -1; at = copy.indexOf(real, at + 1)) copy.write(told, at);
  return copy;
}
