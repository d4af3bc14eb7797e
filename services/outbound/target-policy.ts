/** Which addresses a user may name as a target of requests that we make. Values of the deployment, not of the user. */
export interface TargetPolicy {
  /** Our own hosts, lower case; they and their subdomains are refused. */
  ownHosts: readonly string[];
  /** Hosts of `WEBHOOK_DENIED_HOSTS`; they and their subdomains are refused. */
  deniedHosts: readonly string[];
  /** Origins of `ALLOW_LOCAL_TARGETS`, which skip both rules; the port may be `*`. */
  localOrigins: readonly LocalOrigin[];
}

export interface LocalOrigin {
  protocol: string;
  hostname: string;
  /** As in `URL.port`: empty for the scheme's own port; null for any. */
  port: string | null;
}

/** Reads the policy from the deployment's variables. @throws TypeError for an origin that is none. */
export function readTargetPolicy(variables: {
  ownOrigins: readonly (string | undefined)[];
  deniedHosts: string | undefined;
  localTargets: string | undefined;
}): TargetPolicy {
  return {
    ownHosts: variables.ownOrigins.filter((origin) => origin !== undefined).map((origin) => new URL(origin).hostname),
    deniedHosts: listed(variables.deniedHosts).map((host) => host.toLowerCase()),
    localOrigins: listed(variables.localTargets).map(readLocalOrigin),
  };
}

/** Exactly the listed origins, nothing beside them: another port or scheme is another origin. */
export const isLocalTarget = (url: URL, { localOrigins }: TargetPolicy): boolean =>
  localOrigins.some(
    (origin) =>
      origin.protocol === url.protocol &&
      origin.hostname === url.hostname &&
      (origin.port === null || origin.port === url.port),
  );

function readLocalOrigin(text: string): LocalOrigin {
  const anyPort = text.endsWith(':*');
  const url = new URL(anyPort ? text.slice(0, -2) : text);
  if (url.pathname !== '/' || url.search !== '') throw new TypeError(`not an origin: ${text}`);
  return { protocol: url.protocol, hostname: url.hostname, port: anyPort ? null : url.port };
}

const listed = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
