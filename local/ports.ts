import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/** @throws Error in words for people when another program listens on the port. */
export async function assertPortFree(port: number, purpose: string): Promise<void> {
  await listenOnce(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} for ${purpose} is taken by another program. Stop it or choose another port.`);
  });
}

export const findFreePort = (): Promise<number> => listenOnce(0);

function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(port, HOST, () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : port));
    });
  });
}
