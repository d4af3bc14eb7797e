import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CreateAuthIssuerBody } from '#schema/api/auth-issuers.ts';
import { requireEmail } from '#schema/email-address.ts';
import { ServiceError } from '#schema/errors.ts';
import type { NewIssuer } from '#services/access/issuers/new-issuer.ts';
import { systemActor } from '#services/kernel/actor.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import { claim } from '#services/setup/claim.ts';
import type { Claimed } from '#services/setup/claim-workspace.ts';
import { recover } from '#services/setup/recover.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { nodeKernel } from './node-kernel.ts';

const USAGE = `npm run access -- owner <email> [--name <yours>] [--workspace <name>] [--issuer <url> --audience <value>]
npm run access -- recover <email> [--force] [--issuer <url> --audience <value>]

owner    makes the first owner of a workspace that never had a member
recover  makes somebody the workspace knows its owner, when it has none left
--issuer trusts an OpenID Connect issuer for the domain of that address; --access for one of Cloudflare Access

Both work over DATABASE_URL and print an API key with every permission, once.`;

const OPTIONS = {
  name: { type: 'string' },
  workspace: { type: 'string' },
  issuer: { type: 'string' },
  audience: { type: 'string' },
  access: { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
} as const;

/** What the command line reads of the environment: the same variables as the Worker. */
export interface AccessEnv {
  DATABASE_URL?: string | undefined;
  ALLOW_LOCAL_TARGETS?: string | undefined;
  WEBHOOK_DOH_URL?: string | undefined;
}

/**
 * Makes an owner from the command line: whoever reaches the database may. Answers what to print.
 * @throws ServiceError as the verbs do; TypeError for a command that is none.
 */
export async function access(args: readonly string[], env: AccessEnv): Promise<string> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [command, address, ...rest] = positionals;
  if (address === undefined || rest.length > 0 || (command !== 'owner' && command !== 'recover')) {
    throw new TypeError(USAGE);
  }
  if (env.DATABASE_URL === undefined) throw new TypeError('Set DATABASE_URL.');
  const email = requireEmail(address, '/email');
  const issuer = issuerIn(values);
  const proxy = await startNeonProxy({ databaseUrl: env.DATABASE_URL });
  try {
    const kernel = nodeKernel({
      databaseUrl: env.DATABASE_URL,
      endpoint: proxy.endpoint,
      // Nothing is sealed here, so any key will do.
      masterKey: randomBytes(32).toString('base64'),
      publicOrigin: 'http://localhost',
      localTargets: env.ALLOW_LOCAL_TARGETS ?? '',
    });
    const actor = systemActor('Command line');
    const outbound = nodeOutbound(kernel, env);
    if (command === 'recover') {
      return printed(await recover(kernel, { email, force: values.force, issuer }, actor, outbound));
    }
    const name = values.name ?? email.slice(0, email.lastIndexOf('@'));
    const workspaceName = values.workspace ?? 'Workspace';
    const claimed = await claim(kernel, { email, name, workspaceName, issuer }, actor, outbound);
    if (claimed === null) throw new ServiceError('conflict', 'This workspace had members before; see recover.');
    return printed(claimed);
  } finally {
    await proxy.stop();
  }
}

function issuerIn(values: { issuer?: string; audience?: string; access: boolean }): NewIssuer | undefined {
  if (values.issuer === undefined && values.audience === undefined) return undefined;
  const kind = values.access ? 'cloudflare_access' : 'oidc';
  const parsed = CreateAuthIssuerBody.safeParse({ issuer: values.issuer, kind, audiences: [values.audience] });
  if (!parsed.success) throw new TypeError(USAGE);
  return parsed.data;
}

const nodeOutbound = ({ targets }: Kernel, { WEBHOOK_DOH_URL }: AccessEnv): Outbound => ({
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  policy: targets,
  dohUrl: WEBHOOK_DOH_URL ?? 'https://cloudflare-dns.com/dns-query',
  resolved: new Map(),
});

const printed = ({ principalId, token, expiresAt }: Claimed): string =>
  `Owner ${principalId}\nKey   ${token}\nIt holds every permission until ${expiresAt.toISOString()} and is shown this once.`;

if (import.meta.main) {
  await access(process.argv.slice(2), process.env).then(console.log, (error: unknown) => {
    console.error(error instanceof ServiceError || error instanceof TypeError ? error.message : error);
    process.exitCode = 1;
  });
}
