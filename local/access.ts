import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ServiceError } from '#schema/errors.ts';
import { requireEmail } from '#services/contacts/normalize-email.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { type Claimed, claimWorkspace } from '#services/setup/claim-workspace.ts';
import { recoverOwner } from '#services/setup/recover-owner.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { nodeKernel } from './node-kernel.ts';

const USAGE = `npm run access -- owner <email> [--name <yours>] [--workspace <name>]
npm run access -- recover <email> [--force]

owner    makes the first owner of a workspace that never had a member
recover  makes somebody the workspace knows its owner, when it has none left

Both work over DATABASE_URL and print an API key with every permission, once.`;

/**
 * Makes an owner from the command line: whoever reaches the database may. Answers what to print.
 * @throws ServiceError as the verbs do; TypeError for a command that is none.
 */
export async function access(args: readonly string[], databaseUrl: string): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { name: { type: 'string' }, workspace: { type: 'string' }, force: { type: 'boolean', default: false } },
  });
  const [command, address, ...rest] = positionals;
  if (address === undefined || rest.length > 0) throw new TypeError(USAGE);
  const email = requireEmail(address, '/email');
  const proxy = await startNeonProxy({ databaseUrl });
  try {
    const kernel = nodeKernel({
      databaseUrl,
      endpoint: proxy.endpoint,
      // Nothing is sealed here, so any key will do.
      masterKey: randomBytes(32).toString('base64'),
      publicOrigin: 'http://localhost',
      localTargets: '',
    });
    const name = values.name ?? email.slice(0, email.lastIndexOf('@'));
    return printed(await run(kernel, { command, email, name, workspaceName: values.workspace, force: values.force }));
  } finally {
    await proxy.stop();
  }
}

async function run(
  kernel: Kernel,
  asked: {
    command: string | undefined;
    email: string;
    name: string;
    workspaceName: string | undefined;
    force: boolean;
  },
): Promise<Claimed> {
  const actor = systemActor('Command line');
  const { command, email, name, workspaceName = 'Workspace', force } = asked;
  if (command === 'recover') return runSystemVerb(kernel, recoverOwner, { email, force }, actor);
  if (command !== 'owner') throw new TypeError(USAGE);
  const claimed = await runSystemVerb(kernel, claimWorkspace, { email, name, workspaceName }, actor);
  if (claimed === null) throw new ServiceError('conflict', 'This workspace had members before; see recover.');
  return claimed;
}

const printed = ({ principalId, token, expiresAt }: Claimed): string =>
  `Owner ${principalId}\nKey   ${token}\nIt holds every permission until ${expiresAt.toISOString()} and is shown this once.`;

if (import.meta.main) {
  const databaseUrl = process.env.DATABASE_URL;
  if (databaseUrl === undefined) throw new TypeError('Set DATABASE_URL.');
  await access(process.argv.slice(2), databaseUrl).then(console.log, (error: unknown) => {
    console.error(error instanceof ServiceError || error instanceof TypeError ? error.message : error);
    process.exitCode = 1;
  });
}
