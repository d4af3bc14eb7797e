import { parseArgs } from 'node:util';

export interface StartOptions {
  port: number;
  receiverPort: number;
  /** A free one when left out. */
  postgresPort: number | undefined;
  /** Where everything that outlives a start is kept. */
  folder: string;
}

const DEFAULT_PORT = 8787;
const DEFAULT_RECEIVER_PORT = 9099;

/** Options of `npm start`, from the command line, else the environment, else the defaults. @throws Error in words for people. */
export function readStartOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      'receiver-port': { type: 'string' },
      'postgres-port': { type: 'string' },
      folder: { type: 'string' },
    },
  });
  return {
    port: portOf(values.port ?? env.MALLARD_PORT, '--port') ?? DEFAULT_PORT,
    receiverPort:
      portOf(values['receiver-port'] ?? env.MALLARD_RECEIVER_PORT, '--receiver-port') ?? DEFAULT_RECEIVER_PORT,
    postgresPort: portOf(values['postgres-port'] ?? env.MALLARD_POSTGRES_PORT, '--postgres-port'),
    folder: values.folder ?? env.MALLARD_FOLDER ?? '.local',
  };
}

function portOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${option} must be a port from 1 to 65535, not "${text}".`);
}
